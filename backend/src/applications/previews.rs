//! Passes that show a version at its application's address to who has them.

use shared::{AccountId, Instant, OpenPreview, Preview};

use super::{detail::not_promotable, moving};
use crate::{
    Error, Result,
    app::App,
    infrastructures,
    router::preview::{self, Pass},
};

/// The longest that a pass is good, in minutes.
const LONGEST_MINUTES: u32 = 24 * 60;

/// Makes a pass for a version.
pub async fn open(app: &App, account: AccountId, name: &str, open: OpenPreview) -> Result<Preview> {
    if !(1..=LONGEST_MINUTES).contains(&open.minutes) {
        let why = "a preview takes a minute at least, and a day at most".to_owned();
        return Err(Error::Invalid(why, None));
    }
    let version = infrastructures::by_version(app, account, name, &open.version).await?;
    let live = version.live;
    if let Some(reason) = not_promotable(&version).filter(|_| !live) {
        return Err(Error::Conflict(reason));
    }
    let host = moving(app, account, name).await?.host;
    let pass = Pass {
        account,
        infrastructure: version.id,
        until: Instant::from_unix_ms(Instant::now().unix_ms() + i64::from(open.minutes) * 60_000),
    };
    let shown = pass.sign(&app.signer, &host);
    let address = app.names.address(&host);
    Ok(Preview {
        link: format!("{}{}", address.trim_end_matches('/'), preview::path(&shown)),
        address,
        version: open.version,
        pass: shown,
        until: pass.until,
    })
}
