//! Files of the home: a page of them, what is dropped on a terminal, what its shell asks for.

mod conflict_dialog;
mod drop_zone;
mod file_page;
mod file_row;
mod new_folder;
mod offer;
mod place;
mod size;
mod transfer;
mod transfer_list;
mod usage;
mod wish;

pub use drop_zone::DropZone;
pub use file_page::FilePage;
pub use offer::FileOffer;
pub use transfer::Transfers;
pub use transfer_list::TransferList;
pub use usage::HomeNotice;
pub use wish::Wish;
