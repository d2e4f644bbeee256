"""Does the emulator speak as the AmplifyBackend service is modelled?

Calls each operation with botocore's own client, and compares what goes over the wire, member by member, with botocore's
service model. Prints one line for each check, `ok NAME` or `not ok NAME: REASON`; what matters ends with exit code 0.

Environment: EMULATOR_URL, EMULATOR_APP_ID, EMULATOR_SOURCE, and credentials as for any AWS client.
"""

import json
import os
import time
import urllib.request
from urllib.parse import quote, urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

URL = os.environ["EMULATOR_URL"]
APP = os.environ["EMULATOR_APP_ID"]
SOURCE = os.environ["EMULATOR_SOURCE"]
# A name with every character that has to be encoded in a path.
ODD_NAME = "Old env/ü?&=%2F"
OPERATIONS = ["CloneBackend", "DeleteBackend", "GetBackend", "GetBackendJob", "ListBackendJobs"]
PYTHON_TYPES = {"string": str, "integer": int, "list": list, "structure": dict, "boolean": bool}
# Only in GetBackend's answer: no report has it, and a failure is an exception.
NEVER_ANSWERED = {("GetBackend", "Error")}


class Wire:
    """Keeps the bytes of the client's last request and response."""

    def __init__(self, client):
        self.request = None
        self.response = None
        client.meta.events.register("before-send.amplifybackend", self._sending)
        client.meta.events.register("after-call.amplifybackend", self._received)

    def _sending(self, request, **_):
        self.request = request

    def _received(self, http_response, **_):
        self.response = http_response


def new_client(**credentials):
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=10)
    return boto3.client("amplifybackend", region_name="us-east-1", endpoint_url=URL, config=config, **credentials)


client = new_client()
wire = Wire(client)
model = client.meta.service_model
answered = set()


def call(name, /, **arguments):
    """Calls an operation, compares request and answer with the model, and returns the parsed answer."""
    operation = model.operation_model(name)
    try:
        parsed = getattr(client, snake_case(name))(**arguments)
    finally:
        check_request(operation, arguments)
    status, expected = wire.response.status_code, operation.http.get("responseCode", 200)
    assert status == expected, f"HTTP {status} instead of {expected}"
    raw = json.loads(wire.response.content)
    check_structure(name, operation.output_shape, raw)
    for member, value in parsed.items():
        if member != "ResponseMetadata":
            answered.add((name, member))
            location = operation.output_shape.members[member].serialization.get("name", member)
            assert as_plain(value) == parsed_as(operation.output_shape.members[member], raw[location]), f"{member} was not read back"
    return parsed


def check_request(operation, arguments):
    """Every argument is where the model has it, and the request has nothing else."""
    request = wire.request
    uri, body = operation.http["requestUri"], {}
    for member, value in arguments.items():
        shape = operation.input_shape.members[member]
        name = shape.serialization.get("name", member)
        if shape.serialization.get("location") == "uri":
            uri = uri.replace("{" + name + "}", quote(value, safe="-._~"))
        else:
            body[name] = value
    path = urlsplit(request.url).path
    assert request.method == operation.http["method"], f"sent with {request.method}"
    assert path == uri, f"sent to {path} instead of {uri}"
    sent = json.loads(request.body) if request.body else {}
    assert sent == body, f"sent {sent} instead of {body}"


def check_structure(name, shape, raw):
    """Every member of an answer is known, of the modelled type, and within its bounds. No required member is missing."""
    assert isinstance(raw, dict), f"{name}: an object was expected"
    members = {s.serialization.get("name", m): (m, s) for m, s in shape.members.items()}
    for location, value in raw.items():
        assert location in members, f"{name}: the model knows no member {location}"
        member, member_shape = members[location]
        assert member_shape.serialization.get("location") is None, f"{name}: {member} does not belong into the body"
        check_value(f"{name}.{member}", member_shape, value)
    for member in shape.required_members:
        location = shape.members[member].serialization.get("name", member)
        assert location in raw, f"{name}: {member} is required"


def check_value(name, shape, value):
    expected = PYTHON_TYPES[shape.type_name]
    assert type(value) is expected, f"{name} is {value!r}, and not of the type {shape.type_name}"
    if getattr(shape, "enum", None):
        assert value in shape.enum, f"{name} is {value!r}, and not one of {shape.enum}"
    if shape.type_name == "list":
        for each in value:
            check_value(f"{name}[]", shape.member, each)
    if shape.type_name == "structure":
        check_structure(name, shape, value)


def parsed_as(shape, raw):
    """The expected result of the client's parser: the members by their names in the model."""
    if shape.type_name == "structure":
        return {m: parsed_as(s, raw[s.serialization.get("name", m)]) for m, s in shape.members.items() if s.serialization.get("name", m) in raw}
    if shape.type_name == "list":
        return [parsed_as(shape.member, each) for each in raw]
    return raw


def as_plain(value):
    return json.loads(json.dumps(value))


def check_exception(name, exception, arguments):
    """The operation raises the exception as its modelled class, with the modelled status and members."""
    operation = model.operation_model(name)
    shape = next((each for each in operation.error_shapes if each.name == exception), None)
    assert shape is not None, f"the model knows no {exception} of {name}"
    try:
        call(name, **arguments)
    except ClientError as error:
        expected = getattr(client.exceptions, exception)
        assert type(error) is expected, f"raised {type(error).__name__} ({error})"
        status = wire.response.status_code
        assert status == shape.metadata["error"]["httpStatusCode"], f"HTTP {status}"
        assert wire.response.headers.get("x-amzn-errortype") == exception, "x-amzn-errortype does not name it"
        check_structure(exception, shape, json.loads(wire.response.content))
        for member in shape.members:
            value = error.response.get(member, error.response["Error"].get(member))
            assert isinstance(value, str) and value != "", f"{member} is missing"
    else:
        raise AssertionError("no exception was raised")


def settings(**changes):
    body = json.dumps(changes).encode()
    with urllib.request.urlopen(urllib.request.Request(f"{URL}/_emulator/settings", body, method="POST")) as response:
        return json.load(response)


def snake_case(name):
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


def finished(job):
    """The job, once it has ended."""
    for _ in range(100):
        found = call("GetBackendJob", AppId=APP, BackendEnvironmentName=job["BackendEnvironmentName"], JobId=job["JobId"])
        if found["Status"] in ("COMPLETED", "FAILED"):
            return found
        time.sleep(0.1)
    raise AssertionError("the job does not end")


def every_operation():
    # By default, the emulator omits it, as in the only published answer about a job. The model has it.
    settings(variants={"jobOperation": "present"})
    clone = call("CloneBackend", AppId=APP, BackendEnvironmentName=SOURCE, TargetEnvironmentName="copy")
    assert (clone["AppId"], clone["Operation"], clone["Status"]) == (APP, "CloneBackend", "PENDING"), clone
    done = finished(clone)
    assert done["Status"] == "COMPLETED" and done["JobId"] == clone["JobId"], done
    assert done["CreateTime"].isdecimal() and int(done["CreateTime"]) <= int(done["UpdateTime"]), done

    assert call("GetBackend", AppId=APP)["BackendEnvironmentList"] == [SOURCE, "copy"]
    one = call("GetBackend", AppId=APP, BackendEnvironmentName="copy")
    assert one["BackendEnvironmentName"] == "copy" and "providers" in json.loads(one["AmplifyMetaConfig"]), one

    removal = call("DeleteBackend", AppId=APP, BackendEnvironmentName="copy")
    assert removal["Operation"] == "DeleteBackend", removal
    assert finished(removal)["Status"] == "COMPLETED"
    assert call("GetBackend", AppId=APP)["BackendEnvironmentList"] == [SOURCE]


def failed_job():
    settings(nextClones=[{"environment": "broken", "outcome": {"failed": "no more buckets"}}])
    job = call("CloneBackend", AppId=APP, BackendEnvironmentName=SOURCE, TargetEnvironmentName="broken")
    done = finished(job)
    assert (done["Status"], done["Error"]) == ("FAILED", "no more buckets"), done


def failure_within_an_answer():
    settings(variants={"cloneOntoExisting": "200 with error"})
    clone = call("CloneBackend", AppId=APP, BackendEnvironmentName=SOURCE, TargetEnvironmentName="broken")
    settings(variants={"cloneOntoExisting": "BadRequestException"})
    assert clone["Status"] == "FAILED" and clone["Error"] != "", clone


def filters_and_pages():
    for _ in range(2):
        removal = call("DeleteBackend", AppId=APP, BackendEnvironmentName="broken")
        finished(removal)
        finished(call("CloneBackend", AppId=APP, BackendEnvironmentName=SOURCE, TargetEnvironmentName="broken"))
    here = {"AppId": APP, "BackendEnvironmentName": "broken"}
    every = call("ListBackendJobs", **here)["Jobs"]
    assert len(every) == 5, f"{len(every)} jobs"
    for member in ["Operation", "Status", "JobId"]:
        value = every[0][member]
        some = call("ListBackendJobs", **here, **{member: value})["Jobs"]
        assert some == [job for job in every if job[member] == value], f"the filter {member} is not kept to"
    pages, token = [], {}
    while True:
        page = call("ListBackendJobs", **here, MaxResults=2, **token)
        pages.append(page["Jobs"])
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert [len(page) for page in pages] == [2, 2, 1], [len(page) for page in pages]
    assert [job for page in pages for job in page] == every, "the pages are not the whole list"
    paginator = client.get_paginator("list_backend_jobs")
    assert sum(len(page["Jobs"]) for page in paginator.paginate(**here, MaxResults=2)) == 5


def names_in_a_path():
    settings(addEnvironments=[{"appId": APP, "name": ODD_NAME}])
    clone = call("CloneBackend", AppId=APP, BackendEnvironmentName=ODD_NAME, TargetEnvironmentName="plain")
    assert finished(clone)["Status"] == "COMPLETED"
    assert call("ListBackendJobs", AppId=APP, BackendEnvironmentName=ODD_NAME)["Jobs"] == []
    assert finished(call("DeleteBackend", AppId=APP, BackendEnvironmentName=ODD_NAME))["Status"] == "COMPLETED"


def wrong_types_are_noticed():
    settings(faults=[{"operation": "GetBackendJob", "fault": "wrong types"}])
    job = call("CloneBackend", AppId=APP, BackendEnvironmentName=SOURCE, TargetEnvironmentName="types")
    try:
        call("GetBackendJob", AppId=APP, BackendEnvironmentName=job["BackendEnvironmentName"], JobId=job["JobId"])
    except AssertionError:
        return
    raise AssertionError("numbers instead of strings were not rejected")


def everything_was_answered():
    every = {(name, member) for name in OPERATIONS for member in model.operation_model(name).output_shape.members}
    # The answer to an accepted call can have an error, as a job can. For a deletion, the emulator has no such case.
    missing = sorted(every - answered - NEVER_ANSWERED - {("DeleteBackend", "Error")})
    assert not missing, f"the model has {missing}, and the emulator never answered it"


def signatures():
    call("GetBackend", AppId=APP)
    for stranger, code in [
        ({"aws_secret_access_key": "another", "aws_access_key_id": os.environ["AWS_ACCESS_KEY_ID"]}, "InvalidSignatureException"),
        ({"aws_secret_access_key": "another", "aws_access_key_id": "ANOTHERKEY"}, "UnrecognizedClientException"),
    ]:
        try:
            new_client(**stranger).get_backend(AppId=APP)
        except ClientError as error:
            assert error.response["Error"]["Code"] == code, error
        else:
            raise AssertionError(f"a request that deserves {code} was answered")


def arguments_for(name, app=APP):
    job = {"BackendEnvironmentName": SOURCE, "JobId": "no-such-job"}
    return {"AppId": app} | {
        "CloneBackend": {"BackendEnvironmentName": SOURCE, "TargetEnvironmentName": "other"},
        "DeleteBackend": {"BackendEnvironmentName": SOURCE},
        "GetBackend": {},
        "GetBackendJob": job,
        "ListBackendJobs": {"BackendEnvironmentName": SOURCE},
    }[name]


def raises(name, exception):
    def check():
        app = APP
        if exception == "NotFoundException":
            app = "dnosuchapp"
        if exception == "BadRequestException":
            app = "not-an-app-id"
        fault = {"TooManyRequestsException": "429", "GatewayTimeoutException": "504 before acceptance"}.get(exception)
        if fault:
            settings(faults=[{"operation": name, "fault": fault}])
        check_exception(name, exception, arguments_for(name, app))

    return check


def main():
    checks = [
        ("each operation is sent, understood and answered as modelled", every_operation),
        ("a job that fails carries its words where the model has them", failed_job),
        ("an answer of 200 with an error is one that the client reads", failure_within_an_answer),
        ("ListBackendJobs filters, and gives pages", filters_and_pages),
        ("names that a path has to encode arrive as they are", names_in_a_path),
        ("an answer of wrong types does not pass this check", wrong_types_are_noticed),
        ("every modelled member of an answer has been answered", everything_was_answered),
        ("botocore's signature is taken, and a stranger's is not", signatures),
    ]
    for name in OPERATIONS:
        for shape in model.operation_model(name).error_shapes:
            checks.append((f"{name} raises {shape.name} as its own class", raises(name, shape.name)))
    for title, check in checks:
        try:
            check()
            print(f"ok {title}")
        except (AssertionError, ClientError, KeyError, OSError, ValueError) as error:
            print(f"not ok {title}: {' '.join(str(error).split()) or type(error).__name__}")


main()
