//! Decisions about websockets: where, and when to try again.

/// The websocket address of `path` on the server, which is at an address without a `/` at its end.
pub fn address(server: &str, path: &str) -> String {
    let host = server.strip_prefix("http").unwrap_or(server);
    format!("ws{host}{path}")
}

/// How long to wait before the given attempt, from 0; `jitter` is between 0 and 1.
pub fn delay_ms(attempt: u32, jitter: f64) -> u32 {
    const DELAYS: [u32; 6] = [0, 250, 500, 1000, 2000, 5000];
    let delay = DELAYS[DELAYS.len().min(attempt as usize + 1) - 1];
    delay + (f64::from(delay) * 0.2 * jitter.clamp(0.0, 1.0)) as u32
}

#[cfg(test)]
mod tests {
    use super::{address, delay_ms};

    #[test]
    fn a_socket_is_as_safe_as_its_page() {
        assert_eq!(
            address("http://localhost:8080", "/x"),
            "ws://localhost:8080/x"
        );
        assert_eq!(
            address("https://example.org/mac", "/x"),
            "wss://example.org/mac/x"
        );
    }

    #[test]
    fn the_first_retry_is_at_once_and_later_ones_every_few_seconds() {
        assert_eq!(delay_ms(0, 1.0), 0);
        assert_eq!(delay_ms(1, 0.0), 250);
        assert_eq!(delay_ms(5, 0.0), 5000);
        assert_eq!(delay_ms(900, 1.0), 6000);
    }
}
