/* Sound and vibration for what is new. A browser sounds only after a touch: the switch asks for it once, is remembered, and says
   when it sleeps until the next touch. The phone's own mute holds: nothing here turns the volume up. */
import { $, wordsOf } from "./words.js";

const KEY = "portal-sound";
const knob = $("[data-sound]");
const say = wordsOf(knob);
let audio = null;
let lock = null;
const wanted = () => { try { return localStorage.getItem(KEY) === "on"; } catch { return false; } };

const draw = () => {
  const asleep = wanted() && audio?.state !== "running";
  knob.setAttribute("aria-pressed", String(wanted()));
  knob.classList.toggle("is-asleep", asleep);
  $("[data-sound-words]", knob).textContent = say(asleep ? "Asleep" : wanted() ? "On" : "Off");
};

const wake = async () => {
  if (!wanted()) return;
  audio ??= new AudioContext();
  audio.onstatechange = draw;
  if (audio.state !== "running") await audio.resume().catch(() => { /* not yet touched */ });
  if (!lock && navigator.wakeLock) lock = await navigator.wakeLock.request("screen").catch(() => null); // a dark screen hears nothing
  lock?.addEventListener("release", () => { lock = null; }, { once: true });
  draw();
};

const tone = (at, pitch) => {
  const [wave, volume] = [audio.createOscillator(), audio.createGain()];
  wave.frequency.value = pitch;
  volume.gain.setValueAtTime(0.0001, at);
  volume.gain.exponentialRampToValueAtTime(0.4, at + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.22);
  wave.connect(volume).connect(audio.destination);
  wave.start(at);
  wave.stop(at + 0.25);
};

/* two notes and two pulses; silent while the switch is off */
export const ring = () => {
  if (!wanted()) return;
  navigator.vibrate?.([180, 80, 180]);
  if (audio?.state === "running") { tone(audio.currentTime, 740); tone(audio.currentTime + 0.25, 988); }
};

knob.addEventListener("click", async () => {
  const on = !wanted() || audio?.state !== "running";
  try { localStorage.setItem(KEY, on ? "on" : "off"); } catch { /* for this page only */ }
  if (on) { await wake(); ring(); } else { lock?.release(); await audio?.suspend(); }
  draw();
});
document.addEventListener("pointerdown", (e) => { if (!knob.contains(e.target)) wake(); });
document.addEventListener("visibilitychange", () => { if (!document.hidden) wake(); });
draw();
