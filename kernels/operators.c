/* The list of operators and what they share in reading options. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/gemv_int4/gemv_int4.h"
#include "kernels/operator.h"

static const struct aie_operator *const operators[] = { &aie_operator_gemv_int4 };

const struct aie_operator *const *aie_operators(size_t *count)
{
	*count = sizeof operators / sizeof *operators;
	return operators;
}

const struct aie_operator *aie_operator_find(const char *name)
{
	for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
		if (!strcmp(operators[i]->name, name))
			return operators[i];
	return NULL;
}

static int parse_number(const char *text, uint64_t *value)
{
	if (*text < '0' || *text > '9')
		return -1;
	char *end;
	errno = 0;
	unsigned long long number = strtoull(text, &end, 0);
	if (errno || *end || number > INT64_MAX)
		return -1;
	*value = number;
	return 0;
}

static int is_choice(const char *choices, const char *value)
{
	size_t size = strlen(value);
	for (const char *at = choices; size;) {
		size_t word = strcspn(at, "|");
		if (word == size && !memcmp(at, value, size))
			return 1;
		if (!at[word])
			return 0;
		at += word + 1;
	}
	return 0;
}

static int check_value(const struct aie_operator_option *option, const char *value, struct aie_error *error)
{
	uint64_t number;
	switch (option->kind) {
	case AIE_OPTION_NUMBER:
		if (parse_number(value, &number))
			return aie_error_set(error, AIE_ERROR_INPUT, "option %s: \"%s\" is no number", option->name,
			                     value);
		return 0;
	case AIE_OPTION_CHOICE:
		if (!is_choice(option->choices, value))
			return aie_error_set(error, AIE_ERROR_INPUT, "option %s: \"%s\" is none of %s", option->name,
			                     value, option->choices);
		return 0;
	case AIE_OPTION_TEXT:
		if (!*value)
			return aie_error_set(error, AIE_ERROR_INPUT, "option %s: value is empty", option->name);
		return 0;
	}
	return 0;
}

int aie_operator_check_settings(const struct aie_operator *op, const struct aie_operator_setting *setting, size_t count,
                                struct aie_error *error)
{
	for (size_t i = 0; i < count; i++) {
		const struct aie_operator_option *option = NULL;
		for (size_t o = 0; o < op->option_count && !option; o++)
			if (!strcmp(op->option[o].name, setting[i].name))
				option = &op->option[o];
		if (!option)
			return aie_error_set(error, AIE_ERROR_INPUT, "operator %s has no option %s", op->name,
			                     setting[i].name);
		for (size_t j = 0; j < i && !option->repeated; j++)
			if (!strcmp(setting[j].name, setting[i].name))
				return aie_error_set(error, AIE_ERROR_INPUT, "option %s is given twice", option->name);
		if (check_value(option, setting[i].value, error))
			return -1;
	}
	return 0;
}

const char *aie_operator_setting_text(const struct aie_operator_setting *setting, size_t count, const char *name)
{
	for (size_t i = count; i-- > 0;)
		if (!strcmp(setting[i].name, name))
			return setting[i].value;
	return NULL;
}

int aie_operator_setting_number(const struct aie_operator_setting *setting, size_t count, const char *name,
                                uint64_t *value, bool *given, struct aie_error *error)
{
	const char *text = aie_operator_setting_text(setting, count, name);
	if (given)
		*given = text != NULL;
	if (text && parse_number(text, value))
		return aie_error_set(error, AIE_ERROR_INPUT, "option %s: \"%s\" is no number", name, text);
	return 0;
}
