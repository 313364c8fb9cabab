//! How each of AWS's services is spoken to: what its answers, and its refusals, look like.
//!
//! Which protocol a service has is in botocore's models of them (`data/*/service-2.json`), by the
//! name that requests are signed for; `tests/cloud/boto.py` holds these lists against them.

use http::{HeaderMap, header};

/// The protocols, where they differ in how they say no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Protocol {
    /// `ec2`: a form in, XML out.
    Ec2,
    /// `query`: a form in, XML out.
    Query,
    /// S3, whose XML is its own.
    S3,
    /// `rest-xml`: paths and methods, XML out.
    RestXml,
    /// `json` 1.0: the action in a header, JSON in and out.
    Json10,
    /// `json` 1.1.
    Json11,
    /// `rest-json`: paths and methods, JSON in and out.
    RestJson,
}

/// Services that speak `query`.
const QUERY: &str = "autoscaling cloudformation cloudsearch elasticache elasticbeanstalk elasticloadbalancing \
    iam importexport rds redshift sdb ses sns sts";

/// Services that speak `rest-xml`, besides S3.
const REST_XML: &str = "cloudfront route53";

/// Services that speak `json` 1.0.
const JSON_1_0: &str = "aco-automation airflow-serverless aoss apprunner arc-region-switch b2bi backup-gateway \
    bcm-dashboards bcm-pricing-calculator bcm-recommended-actions billing cassandra \
    cloudcontrolapi codeconnections codestar-connections compute-optimizer \
    cost-optimization-hub dynamodb evs freetier healthlake interconnect invoicing iotfleetwise \
    kendra-ranking lookoutequipment monitoring network-firewall odb osm partnercentral-account \
    partnercentral-benefits partnercentral-channel partnercentral-selling payment-cryptography \
    pcs proton route53-recovery-cluster sms-voice sqs states swf timestream \
    timestream-influxdb verifiedpermissions voiceid workspaces-instances";

/// Services that speak `json` 1.1.
const JSON_1_1: &str = "acm acm-pca application-autoscaling applicationinsights appstream athena autoscaling-plans \
    aws-marketplace bcm-data-exports bedrock budgets ce cloud9 cloudhsm cloudtrail codebuild \
    codecommit codedeploy codepipeline cognito-identity cognito-idp comprehend \
    comprehendmedical config cur datapipeline datasync dax devicefarm directconnect discovery \
    dms ds ec2-instance-connect ecr ecr-public ecs elasticmapreduce events firehose fms \
    forecast frauddetector fsx gamelift globalaccelerator glue health identitystore inspector \
    iotsecuredtunneling iotthingsgraph kendra kinesis kinesisanalytics kms license-manager \
    lightsail logs machinelearning marketplacecommerceanalytics mediastore memorydb mgh \
    mturk-requester organizations personalize pi pricing redshift-data redshift-serverless \
    rekognition route53domains route53resolver sagemaker secretsmanager servicecatalog \
    servicediscovery servicequotas shield snowball ssm ssm-contacts sso storagegateway support \
    tagging textract transcribe transfer translate waf waf-regional wafv2 workmail workspaces";

/// Services that speak `rest-json`.
const REST_JSON: &str = "access-analyzer account account-access agent-registry aidevops aiops airflow amplify \
    amplifybackend amplifyuibuilder apigateway app-integrations appconfig appfabric appflow \
    application-cost-profiler application-signals appmesh appsync aps arc-zonal-shift artifact \
    auditmanager awsssoportal backup backup-search batch bedrock-agentcore billingconductor \
    braket cases chatbot chime cleanrooms cleanrooms-ml clouddirectory \
    cloudfront-keyvaluestore cloudtrail-data codeartifact codecatalyst codeguru-profiler \
    codeguru-reviewer codeguru-security codestar-notifications cognito-sync connect \
    connect-campaigns continuum controlcatalog controltower databrew dataexchange datazone \
    deadline detective devops-guru dlm docdb-elastic drs ds-data dsql ebs eks eks-auth \
    elasticfilesystem elemental-inference emr-containers emr-serverless end-user-messaging \
    entityresolution es execute-api fis gameliftstreams geo geo-maps geo-places geo-routes \
    glacier grafana greengrass groundstation guardduty health-agent imagebuilder \
    inspector-scan inspector2 internetmonitor iot iot-jobs-data iotdata iotdeviceadvisor \
    iotmanagedintegrations iotsitewise iottwinmaker iotwireless ivs ivschat kafka kafkaconnect \
    kinesisvideo lakeformation lambda launchwizard lex license-manager-linux-subscriptions \
    license-manager-user-subscriptions m2 macie2 managedblockchain managedblockchain-query \
    mediaconnect mediaconvert medialive mediapackage mediapackage-vod mediapackagev2 \
    mediatailor medical-imaging mgn migrationhub-orchestrator migrationhub-strategy \
    mobiletargeting mpa mq neptune-db neptune-graph network-security-manager \
    networkflowmonitor networkmanager networkmonitor notifications notifications-contacts \
    nova-act oam observabilityadmin omics osis outposts pca-connector-ad pca-connector-scep \
    pipes polly pricingplanmanager profile qapps qbusiness quicksight ram rbin rds-data \
    refactor-spaces repostspace resiliencehub resource-explorer-2 resource-groups \
    rolesanywhere route53-recovery-control-config route53-recovery-readiness \
    route53globalresolver route53profiles rtbfabric rum s3-outposts s3files s3tables s3vectors \
    sagemaker-geospatial savingsplans scheduler schemas scn security-ir securityagent \
    securityhub securitylake serverlessrepo signer signin snow-device-management \
    social-messaging ssm-guiconnect ssm-incidents ssm-quicksetup ssm-sap sso-oauth supportapp \
    supportauthz sustainability synthetics tax thinclient trustedadvisor uxc vpc-lattice \
    wellarchitected wickr wisdom workdocs workmailmessageflow workspaces-web xray";

impl Protocol {
    /// The protocol of a service, by the name that requests are signed for; none if AWS has none
    /// of that name.
    pub fn of(service: &str) -> Option<Self> {
        let has = |names: &str| names.split_ascii_whitespace().any(|name| name == service);
        match service {
            "ec2" => Some(Self::Ec2),
            "s3" => Some(Self::S3),
            _ if has(QUERY) => Some(Self::Query),
            _ if has(REST_XML) => Some(Self::RestXml),
            _ if has(JSON_1_0) => Some(Self::Json10),
            _ if has(JSON_1_1) => Some(Self::Json11),
            _ if has(REST_JSON) => Some(Self::RestJson),
            _ => None,
        }
    }

    /// The protocol of a request, as some services have several, and a stranger's names none: by
    /// what distinguishes them (<https://smithy.io/2.0/aws/protocols/index.html>).
    pub fn spoken(service: Option<&str>, headers: &HeaderMap, is_form: bool) -> Self {
        let has_target = headers.contains_key("x-amz-target");
        let kind = headers.get(header::CONTENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        match service.and_then(Self::of) {
            Some(Self::Ec2) => Self::Ec2,
            Some(Self::S3) => Self::S3,
            _ if has_target && kind.starts_with("application/x-amz-json-1.0") => Self::Json10,
            _ if has_target => Self::Json11,
            _ if is_form => Self::Query,
            Some(Self::Json10 | Self::Json11) => Self::RestJson,
            Some(known) => known,
            None => Self::S3,
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::Protocol;

    #[test]
    fn a_service_s_protocol_is_known_by_its_signing_name() {
        for (service, protocol) in [
            ("ec2", Some(Protocol::Ec2)),
            ("elasticloadbalancing", Some(Protocol::Query)),
            ("route53", Some(Protocol::RestXml)),
            ("dynamodb", Some(Protocol::Json10)),
            ("kms", Some(Protocol::Json11)),
            ("lambda", Some(Protocol::RestJson)),
            ("moto-api", None),
        ] {
            assert_eq!(Protocol::of(service), protocol, "{service}");
        }
    }

    #[test]
    fn what_a_request_looks_like_decides_among_several() {
        let spoken = |service, target: &str, is_form| {
            let mut headers = HeaderMap::new();
            if !target.is_empty() {
                headers.insert("x-amz-target", "A.B".parse().unwrap());
                headers.insert("content-type", target.parse().unwrap());
            }
            Protocol::spoken(service, &headers, is_form)
        };
        let json = "application/x-amz-json-1.0";
        assert_eq!(spoken(Some("sqs"), json, false), Protocol::Json10);
        assert_eq!(spoken(Some("sqs"), "", true), Protocol::Query);
        assert_eq!(spoken(Some("lambda"), "", false), Protocol::RestJson);
        assert_eq!(spoken(None, "", true), Protocol::Query);
        assert_eq!(spoken(None, "", false), Protocol::S3);
    }
}
