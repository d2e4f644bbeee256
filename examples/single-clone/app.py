from aws_cdk import App, CfnOutput, RemovalPolicy, Stack
from cdk_amplify_backend_clone import ClonedBackendEnvironment


class CloneStack(Stack):
    """One stack with one clone, which is deleted with the stack."""

    def __init__(self, scope, id, **kwargs):
        super().__init__(scope, id, **kwargs)
        clone = ClonedBackendEnvironment(
            self,
            "Environment",
            app_id=self.node.get_context("appId"),
            source_environment_name=self.node.get_context("source"),
            target_environment_name=self.node.get_context("target"),
            removal_policy=RemovalPolicy.DESTROY,
        )
        CfnOutput(self, "EnvironmentName", value=clone.environment_name)
        CfnOutput(self, "UserPoolId", value=clone.output("auth", "UserPoolId"))


app = App()
CloneStack(app, "Clone")
app.synth()
