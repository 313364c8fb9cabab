//! Accounts: how a person gets in, and out.

mod account_page;
mod landing;

pub use account_page::AccountPage;
pub use landing::Landing;
