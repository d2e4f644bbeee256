from aws_cdk import App, CfnOutput, RemovalPolicy, Stack
from cdk_amplify_backend_clone import ClonedBackendEnvironment, CloneProvider, EnvironmentName

# A backend environment for each pull request. All of them share the stack PreviewProvider. Preview is the environment
# of the branch in the context.
app = App()
app_id = app.node.get_context("appId")

shared = Stack(app, "PreviewProvider", description="Delete it after the last preview")
provider = CloneProvider(shared, "Provider")
# This stack is deployed without any preview in the app. It must keep what existing previews rely on:
provider.allow_app(app_id)  # the permissions to delete their environments,
shared.export_value(provider.service_token)  # and the name under which their stacks find the provider.

branch = app.node.try_get_context("branch")
if branch:
    target = EnvironmentName.from_branch(branch)
    # `cdk deploy Preview` and `cdk destroy Preview` select the stack of the branch, whatever its name is.
    # clean-up.ts finds the previews of an app by this tag.
    stack = Stack(app, "Preview", stack_name=f"Preview-{target}", tags={"amplify-preview": app_id})
    clone = ClonedBackendEnvironment(
        stack,
        "Environment",
        app_id=app_id,
        source_environment_name=app.node.get_context("source"),
        target_environment_name=target,
        removal_policy=RemovalPolicy.DESTROY,
        provider=provider,
    )
    CfnOutput(stack, "EnvironmentName", value=clone.environment_name)

app.synth()
