//! Our side of a terminal on which a command of a machine runs.

use std::{
    io,
    os::fd::{AsFd as _, OwnedFd},
};

use rustix::{io::Errno, termios::Winsize};
use tokio::io::unix::AsyncFd;

use crate::{Error, Line, Result, error::Doing as _};

/// Our side of a terminal; its command is told of the end by [`Line`], which came with it.
#[derive(Debug)]
pub struct Screen(AsyncFd<OwnedFd>);

impl Screen {
    pub(crate) fn new(descriptors: Vec<OwnedFd>) -> Result<(Self, Line)> {
        let Ok([terminal, line]) = <[OwnedFd; 2]>::try_from(descriptors) else {
            return Err(Error::NoTerminal("the machine has none to give".to_owned()));
        };
        let screen = Self::watched(terminal).doing("watch a terminal")?;
        Ok((screen, Line::new(line)?))
    }

    #[expect(
        deprecated,
        reason = "its successor is unsafe for the sake of types less strict than this"
    )]
    fn watched(terminal: OwnedFd) -> io::Result<Self> {
        rustix::io::ioctl_fionbio(&terminal, true)?;
        AsyncFd::new(terminal).map(Self)
    }

    /// Reads what is written on it; 0 once nobody has it open any more. Nothing is lost when this is
    /// given up.
    pub async fn read(&self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let mut ready = self.0.readable().await?;
            let read = ready.try_io(|terminal| Ok(rustix::io::read(terminal.as_fd(), &mut *into)?));
            match read {
                // Linux says so when the other side is closed
                Ok(Err(error)) if error.raw_os_error() == Some(Errno::IO.raw_os_error()) => {
                    return Ok(0);
                }
                Ok(read) => return read,
                Err(_would_block) => {}
            }
        }
    }

    /// Types.
    pub async fn write_all(&self, mut keys: &[u8]) -> io::Result<()> {
        while !keys.is_empty() {
            let mut ready = self.0.writable().await?;
            let wrote = ready.try_io(|terminal| Ok(rustix::io::write(terminal.as_fd(), keys)?));
            if let Ok(wrote) = wrote {
                keys = &keys[wrote?..];
            }
        }
        Ok(())
    }

    /// Tells the command how large its terminal is, in characters.
    pub fn resize(&self, columns: u16, rows: u16) -> io::Result<()> {
        let size = Winsize {
            ws_row: rows,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        Ok(rustix::termios::tcsetwinsize(self.0.as_fd(), size)?)
    }
}
