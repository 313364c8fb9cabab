//! Keys: an account's own, renewed; and those that its users make for themselves.

use emulator::Credentials;

use crate::rig::Cloud;

const WHO: &str = "sts get-caller-identity --query [Account,Arn]";

/// Somebody with a key of two words.
fn with(who: &Credentials, key: &str) -> Credentials {
    let mut words = key.split('\t');
    Credentials {
        access_key_id: words.next().unwrap().to_owned(),
        secret_access_key: words.next().unwrap().to_owned(),
        ..who.clone()
    }
}

#[tokio::test]
async fn a_renewed_key_lets_in_and_the_one_before_it_no_more() {
    let cloud = Cloud::new().await;
    let before = cloud.account("me", 1).await;
    cloud
        .ok(
            &before,
            "ec2 create-key-pair --key-name kept --query KeyName",
        )
        .await;
    let after = cloud.emulator.renew_key("me").await.unwrap();
    assert_eq!(after.account_number, before.account_number);
    let pairs = "ec2 describe-key-pairs --query KeyPairs[].KeyName";
    assert_eq!(cloud.ok(&after, pairs).await, "kept");
    let refusal = cloud.refused(&before, pairs).await;
    assert!(refusal.contains("AuthFailure"), "{refusal}");
    assert!(cloud.emulator.renew_key("nobody").await.is_err());
    let cloud = cloud.again().await;
    let again = cloud.account("me", 1).await;
    assert_eq!(again.access_key_id, after.access_key_id);
}

#[tokio::test]
async fn a_user_s_key_works_for_its_account_until_it_is_inactive_or_deleted() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    cloud.ok(&me, "iam create-user --user-name bob").await;
    let make = "iam create-access-key --user-name bob \
                --query AccessKey.[AccessKeyId,SecretAccessKey]";
    let bob = with(&me, &cloud.ok(&me, make).await);
    let is_bob = format!("{0}\tarn:aws:iam::{0}:user/bob", me.account_number);
    assert_eq!(cloud.ok(&bob, WHO).await, is_bob);
    let wrong = Credentials {
        secret_access_key: me.secret_access_key.clone(),
        ..bob.clone()
    };
    assert!(
        cloud
            .refused(&wrong, WHO)
            .await
            .contains("SignatureDoesNotMatch")
    );

    let cloud = cloud.again().await;
    let me = cloud.account("me", 1).await;
    let bob = Credentials {
        endpoint: me.endpoint.clone(),
        ..bob
    };
    assert_eq!(cloud.ok(&bob, WHO).await, is_bob, "over a restart");
    let update = format!(
        "iam update-access-key --user-name bob --access-key-id {} --status",
        bob.access_key_id
    );
    cloud.ok(&me, &format!("{update} Inactive")).await;
    assert!(
        cloud
            .refused(&bob, WHO)
            .await
            .contains("InvalidClientTokenId")
    );
    cloud.ok(&me, &format!("{update} Active")).await;
    assert_eq!(cloud.ok(&bob, WHO).await, is_bob);
    let delete = format!(
        "iam delete-access-key --user-name bob --access-key-id {}",
        bob.access_key_id
    );
    cloud.ok(&me, &delete).await;
    assert!(
        cloud
            .refused(&bob, WHO)
            .await
            .contains("InvalidClientTokenId")
    );
}

#[tokio::test]
async fn a_session_s_key_needs_its_token_and_is_of_its_own_account() {
    let cloud = Cloud::new().await;
    let (me, other) = (
        cloud.account("me", 1).await,
        cloud.account("other", 2).await,
    );
    let output = cloud
        .python(&me, "sessions.py", &other.account_number)
        .await;
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    for stranger in [other.account_number.as_str(), "210987654321"] {
        let asked = format!(
            "sts assume-role --role-arn arn:aws:iam::{stranger}:role/r --role-session-name ss"
        );
        let refusal = cloud.refused(&me, &asked).await;
        assert!(refusal.contains("(AccessDenied)"), "{refusal}");
    }
}
