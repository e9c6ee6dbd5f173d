// What every page for signed-in people runs. A page's own modules come beside it, in block page_scripts.
import "./requests.js";
import "./toasts.js";
import "./dialogs.js";
import "./confirm.js";
import "./menus.js";
import "./drawers.js";
import "./keyboard.js";
import "./palette.js";
import "./clocks.js";
import "./live.js";
import "./notices.js";
