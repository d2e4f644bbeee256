from aws_cdk import App, CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk.aws_iam import AccountRootPrincipal, Role
from aws_cdk.aws_logs import RetentionDays
from cdk_amplify_backend_clone import (
    BackendEnvironment,
    ClonedBackendEnvironment,
    CloneProvider,
    EnvironmentName,
    ExistingEnvironment,
)

# The same app as app.ts: `npm run package:test` compares their templates.
APP_ID = "d1a2b3c4d5e6f7"

app = App()

shared = Stack(app, "Shared")
provider = CloneProvider(
    shared,
    "Provider",
    poll_interval=Duration.seconds(20),
    log_retention=RetentionDays.ONE_WEEK,
)
provider.allow_app("d9z8y7x6w5v4u3")

one = Stack(app, "One")
source = BackendEnvironment.from_backend_environment_attributes(one, "Source", app_id=APP_ID, environment_name="dev")
first = ClonedBackendEnvironment(
    one,
    "First",
    app_id=APP_ID,
    source_environment=source,
    target_environment_name=EnvironmentName.from_branch("feature/JIRA-123-new-thing"),
    timeout=Duration.minutes(30),
    removal_policy=RemovalPolicy.DESTROY,
    existing_environment=ExistingEnvironment.ADOPT,
    provider=provider,
)
second = ClonedBackendEnvironment(
    one,
    "Second",
    app_id=APP_ID,
    source_environment=first,
    target_environment_name="second",
)
second.grants.read(Role(one, "Reader", assumed_by=AccountRootPrincipal()))
CfnOutput(one, "Name", value=first.environment_name)
CfnOutput(one, "Arn", value=second.environment_arn)
CfnOutput(one, "Job", value=second.job_id)
CfnOutput(one, "Pool", value=second.output("auth", "UserPoolId"))
CfnOutput(one, "Api", value=second.output("api", "GraphQLAPIEndpointOutput", resource="myapi"))

two = Stack(app, "Two")
ClonedBackendEnvironment(
    two,
    "Clone",
    app_id=APP_ID,
    source_environment_name="dev",
    target_environment_name="qa" if EnvironmentName.is_valid("qa") else "never",
    provider=CloneProvider.from_service_token(
        two,
        "Imported",
        "arn:aws:lambda:eu-west-1:111122223333:function:clone-provider",
    ),
)

app.synth()
