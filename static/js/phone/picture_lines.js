/* A picture that has not arrived, in 本机待发送: why, and how to keep it, for it is evidence even where it can't be sent. */
import { isFragile } from "./store.js";
import * as queue from "./queue.js";
import { button, hour, make } from "./words.js";

const CLOSED = "evidence_closed";
const MENDED_ON_THE_PAGE = ["lateness_reason_required", "unknown_sitting", "invalid"];
const isOver = (entry) => Boolean(entry.closes) && window.portal.now() >= Date.parse(entry.closes);

export const whyPicture = (entry, say) => {
  if (isFragile(entry.id)) return say("Full");
  if (entry.state === "waiting" && queue.isAhead(entry)) return say("Ahead", { time: hour(entry.from) });
  if (entry.state === "waiting" && isOver(entry)) return say("Over", { time: hour(entry.closes) });
  if (entry.state !== "refused") return "";
  const [told, code] = [entry.refusal.detail || "", entry.refusal.code];
  if (code === CLOSED) return [told, say("Keep")].join(" ");
  if (code === "damaged") return say("Damaged");
  return code === "differs" ? say("Differs") : told;
};

const fileOf = (entry) => new File([entry.blob], entry.name, { type: entry.blob.type || "image/jpeg" });
const download = (entry) => {
  const link = make("a");
  link.href = URL.createObjectURL(entry.blob);
  link.download = entry.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
};
const share = (entry) => navigator.share({ files: [fileOf(entry)], title: entry.label }).catch(() => { /* thought better of it */ });

/* whether it is only to be filled in anew, on the page where it was made */
const isMendable = (entry) => MENDED_ON_THE_PAGE.includes(entry.refusal?.code);
export const isMendedHere = (entry) => isMendable(entry) && location.pathname === entry.page;

export const keptPicture = (entry, say) => {
  if (!entry.blob || entry.state === "sending") return [];
  const made = [];
  const { code } = entry.refusal || {};
  if (["differs", "id_reused"].includes(code)) made.push(button(say("Sendagain"), "", () => queue.anew(entry)));
  else if (entry.state === "refused" && code !== "damaged" && !isMendable(entry)) made.push(button(say("Sendagain"), "", () => queue.again(entry)));
  if (isMendable(entry) && !isMendedHere(entry)) {
    const link = make("a", "btn", say("Edit"));
    link.href = entry.page;
    made.push(link);
  }
  if (entry.state === "refused" || isFragile(entry.id) || isOver(entry)) {
    made.push(button(say("Download"), "", () => download(entry)));
    if (navigator.canShare?.({ files: [fileOf(entry)] })) made.push(button(say("Share"), "", () => share(entry)));
  }
  return made;
};
