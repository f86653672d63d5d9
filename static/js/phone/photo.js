/* A picture as it is sent: turned upright, at most 1600 px, JPEG; what can't be drawn here goes as it came. */
const LONGEST = 1600;

export const shrink = async (file) => {
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const made = await new Promise((resolve) => { canvas.toBlob(resolve, "image/jpeg", 0.85); });
    return made && made.size < file.size ? made : file;
  } catch {
    return file;
  }
};
