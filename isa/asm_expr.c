/* Expressions: parsing by precedence (GNU order of operators, as llvm-mc uses it) and evaluation. */
#include "isa/asm_lex.h"

#include <string.h>

/* Deep enough for any real expression, shallow enough for any host stack. */
enum { DEPTH_LIMIT = 200, EVALUATION_LIMIT = 4000 };

struct parse {
	struct asm_cursor *cursor;
	const struct asm_scope *scope;
	unsigned depth;
};

static struct asm_expr *parse_binary(struct parse *parse, int minimum);

static struct asm_expr *new_expr(struct parse *parse, enum asm_expr_kind kind, struct asm_position position)
{
	struct asm_expr *expr = aie_asm_alloc(parse->cursor->context, sizeof(*expr));
	expr->kind = kind;
	expr->position = position;
	return expr;
}

static bool numbered_label(struct parse *parse, struct asm_expr **expr)
{
	struct asm_cursor *cursor = parse->cursor;
	size_t at = cursor->at;
	uint64_t number = 0;
	while (at < cursor->size && cursor->text[at] >= '0' && cursor->text[at] <= '9' && number < 1000000)
		number = number * 10 + (uint64_t)(cursor->text[at++] - '0');
	if (at == cursor->at || at >= cursor->size || (cursor->text[at] != 'b' && cursor->text[at] != 'f'))
		return false;
	if (at + 1 < cursor->size && aie_asm_name_part(cursor->text[at + 1]))
		return false;
	*expr = new_expr(parse, ASM_EXPR_SYMBOL, aie_asm_here(cursor));
	if (!parse->scope->numbered)
		aie_asm_fail_here(cursor, "numbered labels have no meaning here");
	(*expr)->symbol = parse->scope->numbered(parse->scope->data, number, cursor->text[at], (*expr)->position);
	cursor->at = at + 1;
	return true;
}

static struct asm_expr *parse_primary(struct parse *parse)
{
	struct asm_cursor *cursor = parse->cursor;
	if (++parse->depth > DEPTH_LIMIT)
		aie_asm_fail_here(cursor, "the expression is nested deeper than %d", DEPTH_LIMIT);
	char first = aie_asm_peek(cursor);
	struct asm_position position = aie_asm_here(cursor);
	struct asm_expr *expr = NULL;
	uint64_t number;
	struct asm_name name;

	switch (first) {
	case '(':
		cursor->at++;
		expr = parse_binary(parse, 1);
		aie_asm_expect(cursor, ')', "to close the expression");
		break;
	case '-':
	case '+':
	case '~':
	case '!':
		cursor->at++;
		expr = new_expr(parse, ASM_EXPR_UNARY, position);
		expr->op = (unsigned char)first;
		expr->left = parse_primary(parse);
		break;
	default:
		if (numbered_label(parse, &expr))
			break;
		if (aie_asm_number(cursor, &number)) {
			expr = new_expr(parse, ASM_EXPR_NUMBER, position);
			expr->number = (int64_t)number;
			break;
		}
		if (!aie_asm_name(cursor, &name) || !name.length)
			aie_asm_fail_here(cursor, "a number or symbol expected, found %s", aie_asm_token_text(cursor));
		if (aie_asm_name_is(&name, ".")) {
			expr = new_expr(parse, ASM_EXPR_HERE, position);
			expr->section = parse->scope->section;
			expr->offset = expr->section ? expr->section->size : 0;
			break;
		}
		expr = new_expr(parse, ASM_EXPR_SYMBOL, position);
		expr->symbol = aie_asm_symbol(cursor->context, parse->scope->object, name.text, name.length);
		/* A variable counts with the value that it has here, even if the whole expression is evaluated later.
		 */
		if (expr->symbol->kind == ASM_SYMBOL_VARIABLE && expr->symbol->expr->kind == ASM_EXPR_NUMBER) {
			expr->kind = ASM_EXPR_NUMBER;
			expr->number = expr->symbol->expr->number;
			break;
		}
		if (!expr->symbol->referenced) {
			expr->symbol->referenced = true;
			expr->symbol->referenced_at = position;
		}
		break;
	}
	parse->depth--;
	return expr;
}

/* The operator at the cursor and its precedence; 0 when there is none. */
static int operator_here(struct parse *parse, int *op, size_t *length)
{
	struct asm_cursor *cursor = parse->cursor;
	char first = aie_asm_peek(cursor);
	char second = first && cursor->at + 1 < cursor->size ? cursor->text[cursor->at + 1] : 0;
	static const struct {
		char text[3];
		int op, precedence;
	} table[] = {
		{ "||", ASM_OP_LOGICAL_OR, 1 },
		{ "&&", ASM_OP_LOGICAL_AND, 2 },
		{ "==", ASM_OP_EQ, 3 },
		{ "!=", ASM_OP_NE, 3 },
		{ "<>", ASM_OP_NE, 3 },
		{ "<<", ASM_OP_SHL, 6 },
		{ ">>", ASM_OP_SHR, 6 },
		{ "<=", ASM_OP_LE, 3 },
		{ ">=", ASM_OP_GE, 3 },
		{ "<", '<', 3 },
		{ ">", '>', 3 },
		{ "+", '+', 4 },
		{ "-", '-', 4 },
		{ "|", '|', 5 },
		{ "^", '^', 5 },
		{ "&", '&', 5 },
		{ "*", '*', 6 },
		{ "/", '/', 6 },
		{ "%", '%', 6 },
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (first != table[i].text[0] || (table[i].text[1] && second != table[i].text[1]))
			continue;
		*op = table[i].op;
		*length = table[i].text[1] ? 2 : 1;
		return table[i].precedence;
	}
	return 0;
}

static struct asm_expr *parse_binary(struct parse *parse, int minimum)
{
	struct asm_expr *left = parse_primary(parse);
	for (;;) {
		int op;
		size_t length;
		int precedence = operator_here(parse, &op, &length);
		if (precedence < minimum || precedence == 0)
			return left;
		struct asm_expr *expr = new_expr(parse, ASM_EXPR_BINARY, aie_asm_here(parse->cursor));
		parse->cursor->at += length;
		expr->op = op;
		expr->left = left;
		expr->right = parse_binary(parse, precedence + 1);
		left = expr;
	}
}

struct asm_expr *aie_asm_expression(struct asm_cursor *cursor, const struct asm_scope *scope)
{
	struct parse parse = { .cursor = cursor, .scope = scope };
	return parse_binary(&parse, 1);
}

/* ---- evaluation ------------------------------------------------------------------------------------------------ */

static struct asm_value number_value(int64_t number)
{
	return (struct asm_value){ .kind = ASM_VALUE_NUMBER, .number = number };
}

static struct asm_value unknown(struct asm_symbol *symbol)
{
	return (struct asm_value){ .kind = ASM_VALUE_UNKNOWN, .symbol = symbol };
}

static int64_t wrap_add(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a + (uint64_t)b);
}

static int64_t wrap_negate(int64_t a)
{
	return (int64_t)(0 - (uint64_t)a);
}

/* Two values that are places: the same place when their difference is a number. */
static bool place_difference(const struct asm_value *left, const struct asm_value *right, int64_t *difference)
{
	int64_t a = left->number, b = right->number;
	const struct asm_section *first = left->section, *second = right->section;
	if (left->kind == ASM_VALUE_SYMBOL && right->kind == ASM_VALUE_SYMBOL && left->symbol == right->symbol) {
		*difference = wrap_add(a, wrap_negate(b));
		return true;
	}
	if (left->kind == ASM_VALUE_SYMBOL) {
		first = left->symbol->kind == ASM_SYMBOL_LABEL ? left->symbol->section : NULL;
		a = wrap_add(a, (int64_t)left->symbol->offset);
	}
	if (right->kind == ASM_VALUE_SYMBOL) {
		second = right->symbol->kind == ASM_SYMBOL_LABEL ? right->symbol->section : NULL;
		b = wrap_add(b, (int64_t)right->symbol->offset);
	}
	if (!first || first != second)
		return false;
	*difference = wrap_add(a, wrap_negate(b));
	return true;
}

static struct asm_value evaluate_symbol(struct asm_context *context, struct asm_expr *expr)
{
	struct asm_symbol *symbol = expr->symbol;
	if (symbol->kind != ASM_SYMBOL_VARIABLE)
		return (struct asm_value){ .kind = ASM_VALUE_SYMBOL, .symbol = symbol };
	if (symbol->evaluating)
		aie_asm_fail_at(context, expr->position, "'%s' is defined by itself", symbol->name);
	symbol->evaluating = true;
	struct asm_value value = aie_asm_evaluate(context, symbol->expr);
	symbol->evaluating = false;
	return value;
}

static struct asm_value evaluate_sum(struct asm_value left, struct asm_value right, bool subtract)
{
	int64_t difference;
	if (subtract && left.kind != ASM_VALUE_NUMBER && right.kind != ASM_VALUE_NUMBER) {
		if (place_difference(&left, &right, &difference))
			return number_value(difference);
		return unknown(right.kind == ASM_VALUE_SYMBOL && right.symbol->kind == ASM_SYMBOL_UNDEFINED
		                       ? right.symbol
		                       : left.symbol);
	}
	if (right.kind == ASM_VALUE_NUMBER) {
		left.number = wrap_add(left.number, subtract ? wrap_negate(right.number) : right.number);
		return left;
	}
	if (left.kind == ASM_VALUE_NUMBER && !subtract) {
		right.number = wrap_add(left.number, right.number);
		return right;
	}
	return unknown(right.symbol ? right.symbol : left.symbol);
}

static int64_t apply(struct asm_context *context, struct asm_expr *expr, int64_t a, int64_t b)
{
	switch (expr->op) {
	case '*':
		return (int64_t)((uint64_t)a * (uint64_t)b);
	case '/':
	case '%':
		if (b == 0)
			aie_asm_fail_at(context, expr->position, "division by zero");
		if (b == -1)
			return expr->op == '/' ? wrap_negate(a) : 0;
		return expr->op == '/' ? a / b : a % b;
	case ASM_OP_SHL:
		return b < 0 || b > 63 ? 0 : (int64_t)((uint64_t)a << b);
	case ASM_OP_SHR:
		return b < 0 || b > 63 ? 0 : (int64_t)((uint64_t)a >> b);
	case '&':
		return a & b;
	case '|':
		return a | b;
	case '^':
		return a ^ b;
	/* Comparisons give -1 for true, as the GNU assembler and llvm-mc do. */
	case ASM_OP_EQ:
		return -(a == b);
	case ASM_OP_NE:
		return -(a != b);
	case ASM_OP_LE:
		return -(a <= b);
	case ASM_OP_GE:
		return -(a >= b);
	case '<':
		return -(a < b);
	case '>':
		return -(a > b);
	case ASM_OP_LOGICAL_AND:
		return a && b;
	case ASM_OP_LOGICAL_OR:
		return a || b;
	default:
		aie_asm_fail_at(context, expr->position, "unknown operator");
	}
}

static struct asm_value evaluate(struct asm_context *context, struct asm_expr *expr);

struct asm_value aie_asm_evaluate(struct asm_context *context, struct asm_expr *expr)
{
	if (++context->evaluation_depth > EVALUATION_LIMIT)
		aie_asm_fail_at(context, expr->position, "the expression is nested deeper than %d", EVALUATION_LIMIT);
	struct asm_value value = evaluate(context, expr);
	context->evaluation_depth--;
	return value;
}

static struct asm_value evaluate(struct asm_context *context, struct asm_expr *expr)
{
	struct asm_value left, right;
	int64_t difference;

	switch (expr->kind) {
	case ASM_EXPR_NUMBER:
		return number_value(expr->number);
	case ASM_EXPR_HERE:
		return (struct asm_value){ .kind = ASM_VALUE_SECTION,
			                   .section = expr->section,
			                   .number = (int64_t)expr->offset };
	case ASM_EXPR_SYMBOL:
		return evaluate_symbol(context, expr);
	case ASM_EXPR_UNARY:
		left = aie_asm_evaluate(context, expr->left);
		if (left.kind == ASM_VALUE_UNKNOWN || expr->op == '+')
			return left;
		if (left.kind != ASM_VALUE_NUMBER)
			return unknown(left.symbol);
		if (expr->op == '-')
			return number_value(wrap_negate(left.number));
		return number_value(expr->op == '~' ? ~left.number : !left.number);
	case ASM_EXPR_BINARY:
		left = aie_asm_evaluate(context, expr->left);
		right = aie_asm_evaluate(context, expr->right);
		if (left.kind == ASM_VALUE_UNKNOWN)
			return left;
		if (right.kind == ASM_VALUE_UNKNOWN)
			return right;
		if (expr->op == '+' || expr->op == '-')
			return evaluate_sum(left, right, expr->op == '-');
		if (left.kind == ASM_VALUE_NUMBER && right.kind == ASM_VALUE_NUMBER)
			return number_value(apply(context, expr, left.number, right.number));
		/* Two places of one section compare as their offsets do. */
		if (left.kind != ASM_VALUE_NUMBER && right.kind != ASM_VALUE_NUMBER &&
		    place_difference(&left, &right, &difference) &&
		    (expr->op == ASM_OP_EQ || expr->op == ASM_OP_NE || expr->op == ASM_OP_LE || expr->op == ASM_OP_GE ||
		     expr->op == '<' || expr->op == '>'))
			return number_value(apply(context, expr, difference, 0));
		return unknown(left.kind == ASM_VALUE_SYMBOL ? left.symbol : right.symbol);
	}
	return unknown(NULL);
}

int64_t aie_asm_evaluate_number(struct asm_context *context, struct asm_expr *expr, const char *what)
{
	struct asm_value value = aie_asm_evaluate(context, expr);
	if (value.kind == ASM_VALUE_NUMBER)
		return value.number;
	if (value.symbol && value.symbol->kind == ASM_SYMBOL_UNDEFINED)
		aie_asm_fail_at(context, expr->position, "%s needs a number known here, '%s' is not defined", what,
		                value.symbol->name);
	if (value.symbol)
		aie_asm_fail_at(context, expr->position,
		                "%s needs a number, '%s' is a place whose address is not known yet", what,
		                value.symbol->name);
	aie_asm_fail_at(context, expr->position, "%s needs a number known here", what);
}
