/* The camera in the browser: the rear one, its light, one picture at full resolution with the strip added below. One canvas, given back. */
const MOST = 4 * 2 ** 20; // bytes of a picture
const PIXELS = 12_000_000; // more than an old phone's canvas takes
const QUALITIES = [0.92, 0.85, 0.75, 0.65];
const PATIENCE = 5000; // ms for a full-size photo; then the preview's frame serves
let stream = null;

export const isThere = () => Boolean(navigator.mediaDevices?.getUserMedia);
const track = () => stream?.getVideoTracks()[0];

export const open = async (video) => {
  stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: { ideal: "environment" }, width: { ideal: 4096 }, height: { ideal: 2304 } } });
  video.srcObject = stream;
  await video.play();
};
export const close = (video) => {
  stream?.getTracks().forEach((found) => found.stop());
  stream = null;
  video.srcObject = null;
};
export const hasTorch = () => Boolean(track()?.getCapabilities?.().torch);
export const torch = (on) => track()?.applyConstraints({ advanced: [{ torch: on }] });

const late = () => new Promise((_, reject) => { setTimeout(() => reject(new Error("late")), PATIENCE); });
const full = async () => {
  const photo = await Promise.race([new ImageCapture(track()).takePhoto(), late()]);
  return upright(photo);
};
export const upright = (blob) => createImageBitmap(blob, { imageOrientation: "from-image" });

/* the picture itself; where full size fails or takes too long, what the preview shows */
export const take = async (video) => {
  const frame = () => createImageBitmap(video);
  if (!("ImageCapture" in window)) return frame();
  try {
    const found = await full();
    if (found.width * found.height >= video.videoWidth * video.videoHeight) return found;
    found.close();
  } catch { /* many phones can't */ }
  return frame();
};

/* ── The strip: below the picture, so that it covers nothing ── */
const lay = (context, lines, { width, top, size }) => {
  context.fillStyle = "#ffffff";
  context.fillRect(0, top, width, heightOf(lines, size));
  context.fillStyle = "#000000";
  context.textBaseline = "top";
  lines.forEach((line, place) => {
    context.font = `${place ? 400 : 700} ${size}px system-ui, sans-serif`;
    context.fillText(line, size * 0.6, top + size * (0.4 + place * 1.35), width - size * 1.2);
  });
};
const heightOf = (lines, size) => Math.ceil(size * (0.6 + lines.length * 1.35));

const toJpeg = (canvas, quality) => new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", quality); });

/* a JPEG of at most 4 MB: the quality is stepped down first, the size last */
export const compose = async (picture, lines) => {
  const canvas = document.createElement("canvas");
  try {
    for (let scale = Math.min(1, Math.sqrt(PIXELS / (picture.width * picture.height))); scale > 0.1; scale *= 0.8) {
      const [width, height] = [Math.round(picture.width * scale), Math.round(picture.height * scale)];
      const size = Math.max(12, Math.round(Math.max(width, height) / 60));
      [canvas.width, canvas.height] = [width, height + (lines.length ? heightOf(lines, size) : 0)];
      const context = canvas.getContext("2d");
      context.drawImage(picture, 0, 0, width, height);
      if (lines.length) lay(context, lines, { width, top: height, size });
      for (const quality of QUALITIES) {
        const made = await toJpeg(canvas, quality);
        if (made && made.size <= MOST) return made;
      }
    }
    throw new Error("no picture was made");
  } finally {
    picture.close();
    canvas.width = canvas.height = 0; // phones give a canvas's memory back late
  }
};
