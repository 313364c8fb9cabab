//! Accounts are strangers to each other, whatever one asks about what another has.

use crate::rig::Cloud;

/// How many accounts there are at once.
const ACCOUNTS: u32 = 50;

#[tokio::test]
async fn whatever_is_asked_about_another_s_things_shows_and_changes_nothing_of_them() {
    let cloud = Cloud::new().await;
    let mut all = Vec::new();
    for number in 1..=ACCOUNTS {
        all.push(cloud.account(&format!("a{number}"), number).await);
    }
    let told: Vec<_> = all
        .iter()
        .map(|who| {
            (
                &who.access_key_id,
                &who.secret_access_key,
                &who.account_number,
            )
        })
        .collect();
    let told = serde_json::to_string(&told).unwrap();
    let output = cloud.python(&all[0], "isolation.py", &told).await;
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    println!("{}", String::from_utf8_lossy(&output.stdout));
}
