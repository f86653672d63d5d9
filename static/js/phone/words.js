/* Small hands of the phone pages: finding, making, and the words that templates bring in data-t-… */
export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
export const wordsOf = (element) => (key, values = {}) =>
  Object.entries(values).reduce((text, [name, value]) => text.replace(`{${name}}`, value), element?.dataset[`t${key}`] || "");
export const make = (tag, className, ...children) => {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
};
export const button = (words, className, onClick) => {
  const element = make("button", `btn ${className}`.trim(), words);
  element.type = "button";
  element.addEventListener("click", onClick);
  return element;
};
/* an instant on the page's clock, as the server takes it */
export const stamp = () => new Date(window.portal.now()).toISOString();
export const hour = (iso) => new Date(Date.parse(iso) + 8 * 3600000).toISOString().slice(11, 16);
