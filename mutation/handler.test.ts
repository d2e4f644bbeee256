/*
 * All tests that run the handler, in one file, so that their common modules are loaded once per mutant. The fast tests come
 * first, since the first failure ends the run.
 */
import '../test/lambda/physical-id.test';
import '../test/lambda/log.test';
import '../test/lambda/errors.test';
import '../test/lambda/outputs.test';
import '../test/lambda/request-parsing.test';
import '../test/lambda/clone-job.test';
import '../test/lambda/ledger.test';
import '../test/lambda/ledger-entries.test';
import '../test/lambda/removal.test';
import '../test/lambda/remove-step.test';
import '../test/lambda/create.test';
import '../test/lambda/update-in-place.test';
import '../test/lambda/delete.test';
import '../test/lambda/cancelled-request.test';
import '../test/lambda/clone-lifecycle.test';
import '../test/lambda/ledger-table.test';
import '../test/lambda/amplify-backend-service.test';
import '../test/lifecycle/failure-messages.test';
import '../test/lifecycle/log.test';
import '../test/lifecycle/existing-environment.test';
import '../test/lifecycle/delete.test';
import '../test/lifecycle/update.test';
import '../test/lifecycle/create.test';
import '../test/lifecycle/ledger.test';
import '../test/lifecycle/delivery.test';
