//! boto3, AWS's own library for Python, works without anybody telling it more than the address.

use crate::rig::Cloud;

#[tokio::test]
async fn boto3_does_in_the_emulated_cloud_what_it_does_in_aws() {
    let cloud = Cloud::new().await;
    let me = cloud.account("me", 1).await;
    let output = cloud.python(&me, "boto.py", &me.account_number).await;
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
}
