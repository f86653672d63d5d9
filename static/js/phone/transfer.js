/* A picture on its way: one multipart call with progress, given up when the line stands still. Answers as `fetch` does. */
const STALLED = 45000; // ms without a byte or an answer

export const transfer = (url, { headers, fields, blob, name }, onProgress) => new Promise((resolve, reject) => {
  const form = new FormData();
  Object.entries(fields).forEach(([key, value]) => { if (value !== null && value !== undefined) form.append(key, value); });
  form.append("photo", blob, name);
  const xhr = new XMLHttpRequest();
  let timer = 0;
  const alive = () => { clearTimeout(timer); timer = setTimeout(() => xhr.abort(), STALLED); };
  xhr.open("POST", url);
  Object.entries(headers).forEach(([key, value]) => xhr.setRequestHeader(key, value));
  xhr.upload.addEventListener("progress", (e) => { alive(); if (e.lengthComputable) onProgress(Math.floor((100 * e.loaded) / e.total)); });
  xhr.addEventListener("load", () => {
    clearTimeout(timer);
    const kept = ["Content-Type", "Retry-After"].map((key) => [key, xhr.getResponseHeader(key)]).filter(([, value]) => value);
    resolve(new Response(xhr.responseText, { status: xhr.status, headers: kept }));
  });
  ["error", "abort", "timeout"].forEach((event) => xhr.addEventListener(event, () => { clearTimeout(timer); reject(new Error(event)); }));
  alive();
  xhr.send(form);
});
