/* When a JPEG says that it was taken (EXIF DateTimeOriginal), in ms by the camera's own clock; null where it says nothing. */
const [TAKEN, ZONE, SUB] = [0x9003, 0x9011, 0x8769];
const [EXIF, HEAD] = [0x45786966, 262144]; // "Exif"; bytes looked at

export const takenAt = async (file) => {
  const view = new DataView(await file.slice(0, HEAD).arrayBuffer());
  if (view.byteLength < 12 || view.getUint16(0) !== 0xffd8) return null;
  try {
    for (let at = 2; view.getUint8(at) === 0xff && view.getUint16(at) !== 0xffda; at += 2 + view.getUint16(at + 2)) {
      if (view.getUint16(at) === 0xffe1 && view.getUint32(at + 4) === EXIF) return read(view, at + 10);
    }
  } catch { /* cut short, or nonsense */ }
  return null;
};

const read = (view, start) => {
  const little = view.getUint16(start) === 0x4949;
  const two = (at) => view.getUint16(start + at, little);
  const four = (at) => view.getUint32(start + at, little);
  const find = (folder, tag) => {
    for (let i = 0; i < two(folder); i += 1) if (two(folder + 2 + 12 * i) === tag) return folder + 2 + 12 * i;
    return 0;
  };
  const text = (at) => {
    const from = four(at + 4) > 4 ? four(at + 8) : at + 8;
    return String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + start + from, Math.min(four(at + 4), 40)));
  };
  const sub = find(four(4), SUB);
  const folder = sub ? four(sub + 8) : 0;
  const taken = folder && find(folder, TAKEN);
  const said = taken && text(taken).match(/^(\d{4}):(\d\d):(\d\d) (\d\d:\d\d:\d\d)/);
  if (!said) return null;
  const zone = find(folder, ZONE);
  const offset = (zone && text(zone).match(/^[+-]\d\d:\d\d/)?.[0]) || "+08:00"; // a phone in Beijing time
  const at = Date.parse(`${said[1]}-${said[2]}-${said[3]}T${said[4]}${offset}`);
  return Number.isNaN(at) ? null : at;
};
