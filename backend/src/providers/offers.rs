//! What a provider offers: places, sizes and images.

use shared::{Hardware, Location};

use super::{LOCAL, Whose, check, cloud, distributions, emulated, whose};
use crate::{Error, Result, accounts::Tenant, app::App};

/// An image that the emulated cloud's books know; its instances are like this server's machine.
const EMULATED_IMAGE: &str = "ami-69631053";
/// The smallest size.
const SMALLEST: &str = "t2.micro";
/// The disk that an image comes with, in gigabytes: most of Amazon's have this one.
const DISK_GB: u32 = 8;

/// Where a provider runs instances.
pub async fn locations(app: &App, tenant: &Tenant, provider: &str) -> Result<Vec<Location>> {
    check(provider)?;
    if LOCAL.contains(&provider) {
        return Ok(vec![Location {
            id: "local".into(),
            description: "This server's own machine".into(),
        }]);
    }
    let whose = whose(app, tenant.account.id, provider).await?;
    let cloud = cloud(app, tenant, whose, provider, "us-east-1").await?;
    let regions = cloud.regions().await.map_err(refused)?;
    let location = |region: String| Location {
        description: format!("Amazon's region {region}"),
        id: region,
    };
    Ok(regions.into_iter().map(location).collect())
}

/// The sizes that are offered at a location, smallest first: what Amazon sells there today, or a
/// selection for the emulated cloud, where they differ by name alone.
pub async fn sizes(
    app: &App,
    tenant: &Tenant,
    provider: &str,
    location: &str,
) -> Result<Vec<Hardware>> {
    check(provider)?;
    if LOCAL.contains(&provider) {
        return Ok(vec![size(SMALLEST, 512, 1)]);
    }
    let whose = whose(app, tenant.account.id, provider).await?;
    if whose == Whose::Own {
        let cloud = cloud(app, tenant, whose, provider, location).await?;
        let sizes = cloud.sizes().await.map_err(refused)?;
        let offered = |one: cloud::Size| size(&one.id, one.memory_mb, one.cores);
        return Ok(sizes.into_iter().map(offered).collect());
    }
    Ok(vec![
        size("t2.nano", 512, 1),
        size("t2.micro", 1024, 1),
        size("t2.small", 2048, 1),
        size("t2.medium", 4096, 2),
        size("t2.large", 8192, 2),
        size("m5.large", 8192, 2),
        size("m5.xlarge", 16384, 4),
        size("c5.large", 4096, 2),
    ])
}

fn size(id: &str, memory_mb: u32, cores: u32) -> Hardware {
    Hardware {
        id: id.to_owned(),
        memory_mb,
        cores,
        disk_gb: DISK_GB,
    }
}

/// Where an instance is launched when nothing, or that, is asked for.
pub async fn place(
    app: &App,
    tenant: &Tenant,
    provider: &str,
    asked: Option<&str>,
) -> Result<String> {
    check(provider)?;
    match asked.filter(|asked| !asked.is_empty()) {
        _ if LOCAL.contains(&provider) => Ok("local".into()),
        Some(asked) => Ok(asked.to_owned()),
        None => {
            let off = || app.emulator_off().unwrap_or_default();
            let emulated = emulated(app, tenant).await?;
            Ok(emulated.ok_or_else(|| Error::Unavailable(off()))?.region)
        }
    }
}

/// The size that is meant when nothing, or that, is asked for.
pub fn hardware(provider: &str, asked: Option<&str>) -> String {
    let asked = asked.filter(|asked| !asked.is_empty() && !LOCAL.contains(&provider));
    asked.unwrap_or(SMALLEST).to_owned()
}

/// The image that a release stands for: an `ami-…` is one; a distribution is the newest one that
/// its makers publish at Amazon, or the emulated cloud's own, which has one kind of machine.
pub async fn image(
    cloud: &cloud::Ec2,
    whose: Whose,
    provider: &str,
    release: &str,
) -> Result<String> {
    if release.starts_with("ami-") && !LOCAL.contains(&provider) {
        return Ok(release.to_owned());
    }
    if whose == Whose::Emulated {
        return Ok(EMULATED_IMAGE.to_owned());
    }
    let wanted = distributions::find(release)?;
    let found = cloud.newest_image(wanted.owner, &wanted.name).await;
    found.map_err(refused)?.ok_or_else(|| {
        let problem = format!("Amazon has no image of {release} here");
        let what = "name another distribution, or an image by its id (ami-…)".to_owned();
        Error::Invalid(problem, Some(what))
    })
}

fn refused(error: cloud::Error) -> Error {
    tracing::warn!("a cloud: {error}");
    match error {
        cloud::Error::Unreachable(_) => {
            Error::Unavailable("the cloud cannot be reached; try again".into())
        }
        refusal @ (cloud::Error::Refused { .. } | cloud::Error::NotFound { .. }) => {
            Error::Unavailable(refusal.to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::hardware;

    #[test]
    fn the_emulated_cloud_has_one_size_whatever_is_asked_for() {
        assert_eq!(hardware("local", Some("m5.large")), "t2.micro");
        assert_eq!(hardware("amazon", Some("m5.large")), "m5.large");
        assert_eq!(hardware("amazon", None), "t2.micro");
    }
}
