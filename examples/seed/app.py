import os

from aws_cdk import App, CustomResource, Duration, RemovalPolicy, Stack
from aws_cdk.aws_iam import PolicyStatement
from aws_cdk.aws_lambda import Code, Function, Runtime
from aws_cdk.custom_resources import Provider
from cdk_amplify_backend_clone import ClonedBackendEnvironment


class SeededStack(Stack):
    """A clone, and a custom resource that adds rows and users to it once it is complete."""

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
        api_id = clone.output("api", "GraphQLAPIIdOutput")
        user_pool_id = clone.output("auth", "UserPoolId")

        seeder = Function(
            self,
            "Seeder",
            code=Code.from_asset(os.path.join(os.path.dirname(os.path.abspath(__file__)), "seeder")),
            handler="index.handler",
            runtime=Runtime.NODEJS_22_X,
            timeout=Duration.minutes(5),
        )
        # Amplify names the table of a model MODEL-APIID-ENVIRONMENT, so these are only the clone's tables.
        tables = self.format_arn(
            service="dynamodb", resource="table", resource_name=f"*-{api_id}-{clone.environment_name}"
        )
        user_pool = self.format_arn(service="cognito-idp", resource="userpool", resource_name=user_pool_id)
        seeder.add_to_role_policy(PolicyStatement(actions=["dynamodb:PutItem"], resources=[tables]))
        seeder.add_to_role_policy(PolicyStatement(actions=["cognito-idp:AdminCreateUser"], resources=[user_pool]))

        CustomResource(
            self,
            "Seed",
            resource_type="Custom::Seed",
            service_token=Provider(self, "SeedProvider", on_event_handler=seeder).service_token,
            properties={
                # Available once the clone is complete. Another job is another value, so the seed runs again.
                "JobId": clone.job_id,
                "EnvironmentName": clone.environment_name,
                "ApiId": api_id,
                "UserPoolId": user_pool_id,
            },
        )


app = App()
SeededStack(app, "Seeded")
app.synth()
