from aws_cdk import App, RemovalPolicy, Stack
from cdk_amplify_backend_clone import ClonedBackendEnvironment, CloneProvider

app = App()
app_id = app.node.get_context("appId")

# One stack with the provider, and one for each environment, so that each can be deployed and destroyed independently.
shared = Stack(app, "SharedProvider", description="Delete it after the last clone")
provider = CloneProvider(shared, "Provider")
# Keeps both in the stack when it is deployed from an app without any clone.
provider.allow_app(app_id)
shared.export_value(provider.service_token)

for target in filter(None, app.node.get_context("targets").split(",")):
    stack = Stack(app, f"Clone-{target}")
    ClonedBackendEnvironment(
        stack,
        "Environment",
        app_id=app_id,
        source_environment_name=app.node.get_context("source"),
        target_environment_name=target,
        removal_policy=RemovalPolicy.DESTROY,
        provider=provider,
    )

app.synth()
