//! A websocket of binary frames that ends when it is dropped.

use std::rc::Rc;

use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::{JsCast, prelude::Closure};
use web_sys::{BinaryType, CloseEvent, MessageEvent, WebSocket};

/// What happens on a socket.
pub enum SocketEvent {
    /// It is open.
    Open,
    /// A frame came.
    Frame(Vec<u8>),
    /// It is closed with this code, or never opened (RFC 6455, section 7.4).
    Closed(u16),
}

/// A websocket of binary frames that ends when it is dropped, and is silent from then on.
pub struct Socket {
    socket: WebSocket,
    _on_message: Closure<dyn Fn(MessageEvent)>,
    _on_open: Closure<dyn Fn()>,
    _on_close: Closure<dyn Fn(CloseEvent)>,
}

impl Socket {
    /// Opens one, and calls `on` for what happens on it; none where the browser allows none.
    pub fn open(address: &str, on: impl Fn(SocketEvent) + 'static) -> Option<Self> {
        let socket = WebSocket::new(address).ok()?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        let on = Rc::new(on);
        let message = Rc::clone(&on);
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            if let Ok(buffer) = event.data().dyn_into::<ArrayBuffer>() {
                message(SocketEvent::Frame(Uint8Array::new(&buffer).to_vec()));
            }
        });
        let open = Rc::clone(&on);
        let on_open = Closure::<dyn Fn()>::new(move || open(SocketEvent::Open));
        let on_close = Closure::<dyn Fn(CloseEvent)>::new(move |event: CloseEvent| {
            on(SocketEvent::Closed(event.code()));
        });
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        Some(Self {
            socket,
            _on_message: on_message,
            _on_open: on_open,
            _on_close: on_close,
        })
    }

    /// Sends a frame, unless it is not open.
    pub fn send(&self, frame: &[u8]) {
        if self.socket.ready_state() == WebSocket::OPEN {
            // A frame that a dying socket refuses is sent again after attaching anew.
            self.socket.send_with_u8_array(frame).ok();
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.socket.set_onmessage(None);
        self.socket.set_onopen(None);
        self.socket.set_onclose(None);
        // Closing twice is the only refusal, and harmless.
        self.socket.close().ok();
    }
}
