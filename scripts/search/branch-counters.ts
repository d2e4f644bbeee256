import { readdirSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import type { Plugin } from 'esbuild';
import * as ts from 'typescript';

/** A place in the handler that a history can reach. */
export interface Branch {
  /** Relative to the root of the project. */
  readonly file: string;
  /** Beginning with 1. */
  readonly line: number;
  /** The condition of the branch, such as `if (isSettled(…))` or `else of …`. */
  readonly what: string;
}

const COUNTS = '__branchCounts';
const root = path.join(__dirname, '..', '..');
const HANDLER_FOLDER = path.join(root, 'lambda');

/**
 * Adds a counter to each branch of the handler, in `simulator:branch-counts`.
 *
 * @param branches receives the branch of each counter, in their order
 * @param rewrite changes a file first. @default - no change
 */
export function branchCounters(
  branches: Branch[],
  rewrite: (file: string, text: string) => string = (_, text) => text,
): Plugin {
  return {
    name: 'branch-counters',
    setup(build) {
      // esbuild loads files in any order. The numbers of the branches, and with them what is drawn, must not depend on it.
      const files = readdirSync(HANDLER_FOLDER).sort();
      const counted = new Map(
        files.map((name) => {
          const file = path.join(HANDLER_FOLDER, name);
          const text = rewrite(file, readFileSync(file, 'utf8'));
          return [file, withCounters(path.relative(root, file), text, branches)];
        }),
      );
      build.onLoad({ filter: /[\\/]lambda[\\/][^\\/]*\.ts$/ }, ({ path: file }) => {
        const contents = counted.get(file);
        return contents === undefined ? undefined : { contents, loader: 'ts' };
      });
    },
  };
}

/** @returns TypeScript */
export function withCounters(file: string, text: string, branches: Branch[]): string {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
  const { transformed } = ts.transform(source, [(context) => (node) => counting(node, context, branches)]);
  const [counted = source] = transformed;
  return `import { branchCounts as ${COUNTS} } from 'simulator:branch-counts';\n${ts.createPrinter().printFile(counted)}`;
}

function counting(source: ts.SourceFile, context: ts.TransformationContext, branches: Branch[]): ts.SourceFile {
  const { factory } = context;

  const count = (node: ts.Node, what: string): ts.Expression => {
    const line = source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
    branches.push({ file: source.fileName, line, what });
    const counter = factory.createElementAccessExpression(factory.createIdentifier(COUNTS), branches.length - 1);
    return factory.createPostfixIncrement(counter);
  };
  const counted = (statement: ts.Statement, node: ts.Node, what: string): ts.Block => {
    const counter = factory.createExpressionStatement(count(node, what));
    return factory.createBlock([counter, ...(ts.isBlock(statement) ? statement.statements : [statement])], true);
  };
  const countedExpression = (expression: ts.Expression, node: ts.Node, what: string): ts.Expression =>
    factory.createParenthesizedExpression(factory.createComma(count(node, what), expression));

  const visit = (node: ts.Node): ts.Node => {
    if (ts.isTypeNode(node)) return node;
    const visited = ts.visitEachChild(node, visit, context);
    if (ts.isIfStatement(node) && ts.isIfStatement(visited)) {
      const condition = shortened(node.expression, source);
      const otherwise = visited.elseStatement ?? factory.createBlock([]);
      return factory.updateIfStatement(
        visited,
        visited.expression,
        counted(visited.thenStatement, node, `if (${condition})`),
        counted(otherwise, node, `not (${condition})`),
      );
    }
    if (ts.isConditionalExpression(node) && ts.isConditionalExpression(visited)) {
      const condition = shortened(node.condition, source);
      return factory.updateConditionalExpression(
        visited,
        visited.condition,
        visited.questionToken,
        countedExpression(visited.whenTrue, node, `${condition} ?`),
        visited.colonToken,
        countedExpression(visited.whenFalse, node, `not (${condition}) ?`),
      );
    }
    if (ts.isBinaryExpression(node) && ts.isBinaryExpression(visited) && isLazy(node.operatorToken.kind)) {
      const what = `${node.operatorToken.getText(source)} ${shortened(node.right, source)}`;
      const right = countedExpression(visited.right, node.right, what);
      return factory.updateBinaryExpression(visited, visited.left, visited.operatorToken, right);
    }
    if (ts.isCaseClause(node) && ts.isCaseClause(visited)) {
      const counter = factory.createExpressionStatement(count(node, `case ${shortened(node.expression, source)}`));
      return factory.updateCaseClause(visited, visited.expression, [counter, ...visited.statements]);
    }
    if (ts.isCatchClause(node) && ts.isCatchClause(visited)) {
      const block = counted(visited.block, node, 'catch');
      return factory.updateCatchClause(visited, visited.variableDeclaration, block);
    }
    if (ts.isFunctionDeclaration(node) && ts.isFunctionDeclaration(visited) && visited.body !== undefined) {
      const { modifiers, asteriskToken, name, typeParameters, parameters, type } = visited;
      const body = counted(visited.body, node, `${node.name?.text}()`);
      return factory.updateFunctionDeclaration(
        visited,
        modifiers,
        asteriskToken,
        name,
        typeParameters,
        parameters,
        type,
        body,
      );
    }
    return visited;
  };
  return ts.visitEachChild(source, visit, context);
}

function isLazy(operator: ts.SyntaxKind): boolean {
  return (
    operator === ts.SyntaxKind.AmpersandAmpersandToken ||
    operator === ts.SyntaxKind.BarBarToken ||
    operator === ts.SyntaxKind.QuestionQuestionToken
  );
}

function shortened(node: ts.Node, source: ts.SourceFile): string {
  const text = node.getText(source).replace(/\s+/g, ' ');
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
