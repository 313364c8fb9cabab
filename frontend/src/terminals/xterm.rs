//! xterm.js, as far as the page uses it.

use std::any::Any;

use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::{closure::WasmClosure, prelude::*};
use web_sys::HtmlElement;

#[wasm_bindgen(module = "/src/terminals/palette.js")]
extern "C" {
    /// The colours of a terminal. Named so that the module is there for the one below.
    #[wasm_bindgen(js_name = palette)]
    fn palette(host: &HtmlElement) -> Object;
}

#[wasm_bindgen(module = "/src/terminals/prompts.js")]
extern "C" {
    /// Where prompts are. Named so that the module is there for the one below.
    type Prompts;
}

#[wasm_bindgen(module = "/src/terminals/xterm.js")]
extern "C" {
    /// Fetches xterm.js, so that the first terminal need not wait for it.
    pub fn preload() -> Promise;

    /// Shows a terminal inside `host`, which calls what is `on`; resolves to a [`Screen`].
    ///
    /// The options are those of [`Screen::set`].
    pub fn show(host: &HtmlElement, on: &Object, options: &Array) -> Promise;

    /// A terminal on the page.
    #[derive(Clone)]
    pub type Screen;

    /// Writes bytes; `parsed` is called when they are on the screen.
    #[wasm_bindgen(method)]
    pub fn write(this: &Screen, bytes: &Uint8Array, parsed: &Function);

    /// Clears the screen, its modes and what scrolled by, once all that was written is parsed.
    #[wasm_bindgen(method)]
    pub fn reset(this: &Screen);

    /// Gives it a size, once all that was written is parsed.
    #[wasm_bindgen(method)]
    pub fn resize(this: &Screen, cols: u16, rows: u16);

    /// The columns and rows that there is room for, unless it is not shown.
    #[wasm_bindgen(method)]
    pub fn room(this: &Screen) -> Option<Array>;

    /// Sets the size of letters and whether a screen reader is served.
    #[wasm_bindgen(method)]
    pub fn set(this: &Screen, font_size: u8, serves_screen_reader: bool);

    /// Takes no keys.
    #[wasm_bindgen(method, js_name = watchOnly)]
    pub fn watch_only(this: &Screen, only: bool);

    /// Takes the keyboard.
    #[wasm_bindgen(method)]
    pub fn focus(this: &Screen);

    /// What is selected.
    #[wasm_bindgen(method)]
    pub fn selection(this: &Screen) -> String;

    /// Pastes, in brackets when the program wants them.
    #[wasm_bindgen(method)]
    pub fn paste(this: &Screen, text: &str);

    /// Scrolls to the end.
    #[wasm_bindgen(method, js_name = toEnd)]
    pub fn to_end(this: &Screen);

    /// Whether the program wants arrows in application mode.
    #[wasm_bindgen(method, getter, js_name = applicationMode)]
    pub fn application_mode(this: &Screen) -> bool;

    /// Finds a text: the next, the one before, or with 0 the one at hand.
    #[wasm_bindgen(method)]
    pub fn find(this: &Screen, text: &str, step: i8);

    /// Shows nothing as found.
    #[wasm_bindgen(method)]
    pub fn forget(this: &Screen);

    /// Shows the prompt that is so many further.
    #[wasm_bindgen(method)]
    pub fn jump(this: &Screen, by: i8);

    /// What the last command wrote; empty when nothing is known.
    #[wasm_bindgen(method, js_name = lastOutput)]
    pub fn last_output(this: &Screen) -> String;

    /// Takes the terminal off the page.
    #[wasm_bindgen(method)]
    pub fn close(this: &Screen);
}

#[wasm_bindgen(module = "/src/terminals/clipboard.js")]
extern "C" {
    /// Copies a text; resolves to whether the browser let it.
    pub fn copy(text: &str) -> Promise;
}

/// What a screen calls, by name.
#[derive(Default)]
pub struct On {
    object: Object,
    kept: Vec<Box<dyn Any>>,
}

impl On {
    /// Calls `closure` for what has this name, for as long as this lives.
    pub fn on<F: WasmClosure + ?Sized + 'static>(&mut self, name: &str, closure: Closure<F>) {
        Reflect::set(&self.object, &name.into(), closure.as_ref())
            .expect("a plain object takes any property");
        self.kept.push(Box::new(closure));
    }

    /// What to pass on.
    pub fn object(&self) -> &Object {
        &self.object
    }
}
