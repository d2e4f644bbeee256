import os

from aws_cdk import App, CfnOutput, RemovalPolicy, Stack
from aws_cdk.aws_amplify import CfnBranch
from cdk_amplify_backend_clone import ClonedBackendEnvironment, EnvironmentName


class FrontEndStack(Stack):
    """A clone for a git branch, and a hosting branch of the same Amplify app that is built against it."""

    def __init__(self, scope, id, **kwargs):
        super().__init__(scope, id, **kwargs)
        app_id = self.node.get_context("appId")
        branch_name = self.node.get_context("branch")
        clone = ClonedBackendEnvironment(
            self,
            "Environment",
            app_id=app_id,
            source_environment_name=self.node.get_context("source"),
            target_environment_name=EnvironmentName.from_branch(branch_name),
            removal_policy=RemovalPolicy.DESTROY,
        )
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "amplify.yml")) as file:
            build_spec = file.read()
        CfnBranch(
            self,
            "Branch",
            app_id=app_id,
            branch_name=branch_name,
            stage="PULL_REQUEST",
            enable_auto_build=True,
            build_spec=build_spec,
            # Available once the clone is complete, so the branch is created after its environment, and deleted before it.
            environment_variables=[
                CfnBranch.EnvironmentVariableProperty(name="USER_BRANCH", value=clone.environment_name)
            ],
        )
        CfnOutput(self, "EnvironmentName", value=clone.environment_name)


app = App()
FrontEndStack(app, "FrontEnd")
app.synth()
