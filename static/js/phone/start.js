/* Pages that only show the frame. */
import "./frame.js";
