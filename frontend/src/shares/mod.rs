//! Sharing a terminal: links to it, who looks at it, and ending that.

mod made_link;
mod share_button;
mod share_form;
mod share_list;
mod sharings;
mod view;
mod watching_badge;

pub use share_button::ShareButton;
pub use sharings::Sharings;
pub use view::left;
pub use watching_badge::WatchingBadge;
