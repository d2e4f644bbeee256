from aws_cdk import App, CfnOutput, RemovalPolicy, Stack
from cdk_amplify_backend_clone import ClonedBackendEnvironment


class RehearsalStack(Stack):
    """A clone to rehearse the migration to Gen 2. It remains, whatever happens to this stack."""

    def __init__(self, scope, id, **kwargs):
        super().__init__(scope, id, termination_protection=True, **kwargs)
        app_id = self.node.get_context("appId")
        clone = ClonedBackendEnvironment(
            self,
            "Environment",
            app_id=app_id,
            source_environment_name=self.node.get_context("source"),
            target_environment_name=self.node.get_context("target"),
            # Never DESTROY: after `refactor`, the Gen 2 app uses resources of this environment.
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
        CfnOutput(self, "RootStack", value=clone.output("providers", "StackName"))
        CfnOutput(self, "NextStep", value=f"amplify pull --appId {app_id} --envName {clone.environment_name}")


app = App()
RehearsalStack(app, "Rehearsal")
app.synth()
