//! Accounts: how a person gets in, and out.

mod account_page;
mod landing;
mod login_list;
mod view;

pub use account_page::AccountPage;
pub use landing::Landing;
