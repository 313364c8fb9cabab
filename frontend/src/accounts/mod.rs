//! Accounts: how a person gets in.

mod landing;

pub use landing::Landing;
