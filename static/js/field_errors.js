/* Refusals beside their fields: slots [data-errors=name] inside .field; what names no field goes to [data-errors=__all__], else to the first slot. */
import { $, $$, make } from "./phone/words.js";

export const clearErrors = (form) => {
  $$("[data-errors]", form).forEach((slot) => slot.replaceChildren());
  $$(".has-error", form).forEach((field) => field.classList.remove("has-error"));
};

/* what is being put right needs no red any more */
export const forgetMended = (form) => form.addEventListener("input", (e) => {
  const field = e.target.closest(".has-error");
  if (!field) return;
  field.classList.remove("has-error");
  $$("[data-errors]", field).forEach((slot) => slot.replaceChildren());
});

/* `errors`: name → sentences; the first one is scrolled to, and its field takes the focus */
export const showErrors = (form, errors) => {
  clearErrors(form);
  Object.entries(errors).forEach(([name, sentences]) => {
    const slot = $(`[data-errors="${name}"]`, form) || $('[data-errors="__all__"]', form) || $("[data-errors]", form);
    slot.append(make("ul", "errorlist", ...sentences.map((text) => make("li", "", text))));
    slot.closest(".field")?.classList.add("has-error");
  });
  const first = $(".errorlist", form);
  first?.scrollIntoView({ block: "center" });
  first?.closest(".field")?.querySelector("textarea, input:not([type=file], [type=checkbox])")?.focus({ preventScroll: true });
};
