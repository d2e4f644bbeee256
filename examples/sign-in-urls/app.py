import os

from aws_cdk import App, CustomResource, Duration, RemovalPolicy, Stack
from aws_cdk.aws_iam import PolicyStatement
from aws_cdk.aws_lambda import Code, Function, Runtime
from aws_cdk.custom_resources import Provider
from cdk_amplify_backend_clone import ClonedBackendEnvironment


class SignInStack(Stack):
    """A clone whose users can sign in from the preview's own domain."""

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
        user_pool_id = clone.output("auth", "UserPoolId")

        updater = Function(
            self,
            "CallbackUrls",
            code=Code.from_asset(os.path.join(os.path.dirname(os.path.abspath(__file__)), "callback-urls")),
            handler="index.handler",
            runtime=Runtime.NODEJS_22_X,
            timeout=Duration.minutes(2),
        )
        updater.add_to_role_policy(
            PolicyStatement(
                actions=["cognito-idp:DescribeUserPoolClient", "cognito-idp:UpdateUserPoolClient"],
                resources=[
                    self.format_arn(service="cognito-idp", resource="userpool", resource_name=user_pool_id)
                ],
            )
        )

        CustomResource(
            self,
            "SignInUrl",
            resource_type="Custom::SignInUrl",
            service_token=Provider(self, "SignInUrlProvider", on_event_handler=updater).service_token,
            properties={
                "UserPoolId": user_pool_id,
                "ClientId": clone.output("auth", "AppClientIDWeb"),
                "Url": self.node.get_context("url"),
            },
        )


app = App()
SignInStack(app, "SignIn")
app.synth()
