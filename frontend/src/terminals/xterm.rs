//! xterm.js, as far as the page uses it.

use js_sys::{Function, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::HtmlElement;

#[wasm_bindgen(module = "/src/terminals/xterm.js")]
extern "C" {
    /// Fetches xterm.js, so that the first terminal need not wait for it.
    pub fn preload() -> Promise;

    /// Shows a terminal inside `host`; resolves to a [`Screen`].
    pub fn show(host: &HtmlElement, on_input: &Function, on_resize: &Function) -> Promise;

    /// A terminal on the page.
    pub type Screen;

    /// Writes bytes; `parsed` is called when they are on the screen.
    #[wasm_bindgen(method)]
    pub fn write(this: &Screen, bytes: &Uint8Array, parsed: &Function);

    /// Clears the screen, its modes and what scrolled by.
    #[wasm_bindgen(method)]
    pub fn reset(this: &Screen);

    /// Takes the keyboard.
    #[wasm_bindgen(method)]
    pub fn focus(this: &Screen);

    /// Columns.
    #[wasm_bindgen(method, getter)]
    pub fn cols(this: &Screen) -> u16;

    /// Rows.
    #[wasm_bindgen(method, getter)]
    pub fn rows(this: &Screen) -> u16;

    /// Takes the terminal off the page.
    #[wasm_bindgen(method)]
    pub fn close(this: &Screen);
}
