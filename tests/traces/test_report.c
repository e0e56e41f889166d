/* Reports: the bottleneck named from the numbers, the loop understood from its program, and a page that stands alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "driver/image/core_elf.h"
#include "isa/assembler.h"
#include "traces/run_report.h"
#include "traces/trend.h"

/* A run of two cores as aie-run prints it; %s: bound, shares of core, shim, DDR, dispatch, then more members. */
static const char run_form[] =
        "{\"operator\":\"test\",\"status\":\"done\",\"title\":\"<script>alert(1)</script> & "
        "\\\"run\\\"\",\"cycles\":10000,"
        "\"dispatch_cycles\":1000,\"configure_cycles\":0,\"clock_hz\":1800000000,\"bytes\":64000,\"macs\":128000,"
        "\"ceilings\":{\"shim_bytes_per_cycle\":8,\"ddr_bytes_per_cycle\":32},\"bound\":{%s},"
        "\"ddr\":{\"bytes_read\":60000,\"bytes_written\":4000,\"busy\":0},"
        "\"cores\":[{\"column\":0,\"row\":2,\"cycles\":9000,\"bundles\":5000,\"stalls\":{\"lock\":3500,\"memory\":500,"
        "\"stream\":0,"
        "\"cascade\":0,\"partword\":0,\"resource\":0,\"fetch\":0},\"locks\":[{\"lock\":49,\"object\":\"A "
        "full\",\"cycles\":3000},"
        "{\"lock\":50,\"cycles\":500}]},{\"column\":0,\"row\":3,\"cycles\":9000,\"bundles\":9000,\"stalls\":{}}],"
        "\"channels\":[{\"column\":0,\"row\":0,\"direction\":\"MM2S\",\"channel\":0,\"bytes\":60000,\"active\":7500,"
        "\"lock_stall\":0,"
        "\"stream_stall\":100,\"memory_stall\":0,\"tasks\":1,\"descriptors\":1}]%s}";

static struct aie_run_profile *read_run(const char *bound, const char *more)
{
	struct aie_run_profile *profile = malloc(sizeof *profile);
	struct aie_json_document *document;
	struct aie_error error = { 0 };
	char *text = malloc(sizeof run_form + strlen(bound) + strlen(more));

	assert_non_null(profile);
	assert_non_null(text);
	sprintf(text, run_form, bound, more);
	document = aie_json_parse(text, strlen(text), &error);
	assert_non_null(document);
	assert_int_equal(aie_run_profile_read(profile, aie_json_root(document), &error), 0);
	aie_json_free(document);
	free(text);
	return profile;
}

static struct aie_explanation *explain(const struct aie_run_profile *profile)
{
	struct aie_explanation *explanation = malloc(sizeof *explanation);
	struct aie_error error = { 0 };

	assert_non_null(explanation);
	assert_int_equal(aie_explain(explanation, profile, &error), 0);
	return explanation;
}

static void a_profile_is_read(void **state)
{
	struct aie_run_profile *profile = read_run("\"by\":\"compute\",\"core_share\":0.9", "");

	(void)state;
	assert_int_equal(profile->cycles, 10000);
	assert_int_equal(profile->core_count, 2);
	assert_int_equal(profile->core[0].part[AIE_RUN_ISSUE], 5000);
	assert_int_equal(profile->core[0].part[AIE_RUN_LOCK], 3500);
	assert_int_equal(profile->core[0].lock_count, 2);
	assert_string_equal(profile->core[0].lock[0].object, "A full");
	assert_true(aie_run_core_busy(profile, &profile->core[0]) > 0.5499 &&
	            aie_run_core_busy(profile, &profile->core[0]) < 0.5501);
	assert_int_equal(profile->channel_count, 1);
	assert_true(profile->channel[0].mm2s);
	free(profile);
}

/* Compute 90 % of the run, DDR 20 %, dispatch 10 %: without compute DDR and dispatch would leave 30 %. */
static void each_bottleneck_is_named_with_its_gain(void **state)
{
	static const struct {
		const char *bound, *says, *gain;
		double speedup;
	} runs[] = {
		{ "\"by\":\"compute\",\"core_share\":0.9,\"shim_share\":0.1,\"ddr_share\":0.2,\"dispatch_share\":0.1",
		  "Bound by compute: the busiest core works during 90.0 %", "then DDR", 1 / 0.3 },
		{ "\"by\":\"DDR\",\"core_share\":0.4,\"shim_share\":0.3,\"ddr_share\":0.8,\"dispatch_share\":0.1",
		  "Bound by DDR", "then compute", 2 },
		{ "\"by\":\"shim DMA\",\"core_share\":0.3,\"shim_share\":0.8,\"ddr_share\":0.4,\"dispatch_share\":0.1",
		  "Bound by the shim DMA", "then DDR", 2 },
		{ "\"by\":\"dispatch\",\"core_share\":0.1,\"shim_share\":0.05,\"ddr_share\":0.1,\"dispatch_share\":0."
		  "75",
		  "Bound by dispatch", "then compute", 4 },
		{ "\"by\":\"latency\",\"core_share\":0.4,\"shim_share\":0.1,\"ddr_share\":0.1,\"dispatch_share\":0.1",
		  "core (0,2) waits for A full during 30.0 %", "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++) {
		struct aie_run_profile *profile = read_run(runs[i].bound, "");
		struct aie_explanation *explanation = explain(profile);

		assert_non_null(strstr(explanation->bottleneck, runs[i].says));
		assert_non_null(strstr(explanation->gain, runs[i].gain));
		assert_true(explanation->speedup > runs[i].speedup - 0.01 &&
		            explanation->speedup < runs[i].speedup + 0.01);
		assert_true(explanation->advice[0]);
		/* Roofline: 128000 multiply-accumulates in 10000 cycles with 64000 bytes. */
		assert_true(explanation->achieved > 12.79 && explanation->achieved < 12.81);
		assert_true(explanation->intensity > 1.99 && explanation->intensity < 2.01);
		assert_true(explanation->peak > 1023 && explanation->peak < 1025);
		free(explanation);
		free(profile);
	}
}

/* Shares of a run that hung bound nothing: why it hung is said, and who waited. */
static void a_run_that_hung_has_no_bottleneck(void **state)
{
	struct aie_run_profile *profile =
	        read_run("\"by\":\"dispatch\",\"core_share\":0.1,\"dispatch_share\":0.9",
	                 ",\"fault\":\"the array does not move on\",\"waits\":\"core (0,2) waits for <lock> 49\\n\"");
	struct aie_explanation *explanation = explain(profile);
	char *page = NULL, *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&page, &size);

	(void)state;
	assert_non_null(strstr(explanation->bottleneck, "did not end well: the array does not move on"));
	assert_true(explanation->speedup < 1e-9);
	assert_string_equal(explanation->gain, "");
	aie_run_report_html(out, profile, explanation, NULL);
	fclose(out);
	assert_non_null(strstr(page, "core (0,2) waits for &lt;lock&gt; 49\n"));
	assert_null(strstr(page, "Bound by"));
	out = open_memstream(&text, &size);
	aie_run_report_text(out, profile, explanation);
	fclose(out);
	assert_non_null(strstr(text, "waiting:\ncore (0,2) waits for <lock> 49\n"));
	assert_null(strstr(text, "Bound by"));
	free(text);
	free(page);
	free(explanation);
	free(profile);
}

/* ---- loops ---- */

/* The hexadecimal program of some assembly. */
static void assemble(const char *source, char *hex, size_t size)
{
	const struct aie_asm_source text = { .name = "loop", .text = source, .size = strlen(source) };
	const struct aie_asm_options options = { 0 };
	struct aie_error error = { 0 };
	struct aie_core_elf elf;
	uint8_t *bytes;
	size_t length;

	assert_int_equal(aie_assemble(&text, 1, &options, &bytes, &length, &error), 0);
	assert_int_equal(aie_core_elf_open(&elf, bytes, length, false, &error), 0);
	assert_true(elf.piece_count > 0 && elf.piece[0].window == AIE_WINDOW_PROGRAM && 2 * elf.piece[0].size < size);
	for (uint32_t i = 0; i < elf.piece[0].size; i++)
		sprintf(hex + 2 * i, "%02x", elf.piece[0].data[i]);
	aie_core_elf_close(&elf);
	free(bytes);
}

static struct aie_explanation *explain_loop(const char *source)
{
	static char hex[4096], loop[5000];
	struct aie_explanation *explanation;
	struct aie_run_profile *profile;

	assemble(source, hex, sizeof hex);
	snprintf(loop, sizeof loop,
	         ",\"loop\":{\"begin\":0,\"end\":64,\"bundles\":9,\"passes\":100,\"cycles_per_pass\":9,\"units_per_"
	         "pass\":32,"
	         "\"unit\":\"weights\",\"code\":\"%s\",\"profile\":[{\"address\":0,\"issues\":100,\"stalls\":7}]}",
	         hex);
	profile = read_run("\"by\":\"compute\",\"core_share\":0.9,\"ddr_share\":0.2,\"dispatch_share\":0.1", loop);
	explanation = explain(profile);
	free(profile);
	return explanation;
}

/* A load has its result seven bundles later, an addition the next: the loop stands still for it. */
static void a_chain_is_found(void **state)
{
	struct aie_explanation *explanation =
	        explain_loop("lda r0, [p0], #4\nnop\nnop\nnop\nnop\nnop\nnop\nadd r1, r0, #1\nadd r2, r1, #1\n");

	(void)state;
	assert_true(explanation->have_analysis);
	assert_int_equal(explanation->analysis.bundles, 9);
	assert_int_equal(explanation->analysis.chain_count, 3);
	assert_string_equal(explanation->analysis.chain[0].mnemonic, "lda");
	assert_int_equal(explanation->analysis.chain[0].latency, 7);
	assert_int_equal(explanation->analysis.chain[1].latency, 1);
	assert_int_equal(explanation->analysis.chain_cycles, 8);
	assert_int_equal(aie_loop_limit(&explanation->analysis), AIE_LOOP_CHAIN);
	assert_non_null(strstr(explanation->loop, "dependent chain of 8 cycles in 9 bundles (lda -> add -> add)"));
	assert_non_null(strstr(explanation->advice, "overlap"));
	free(explanation);
}

static void a_full_slot_is_found(void **state)
{
	struct aie_explanation *explanation =
	        explain_loop("add r0, r8, #1\nadd r1, r8, #1\nadd r2, r8, #1\nlda r3, [p0], #4\n");

	(void)state;
	assert_int_equal(aie_loop_limit(&explanation->analysis), AIE_LOOP_SLOT);
	assert_int_equal(explanation->analysis.occupied[AIE_SLOT_ALU], 3);
	assert_non_null(strstr(explanation->loop, "scalar slot is used in 3 of its 4 bundles"));
	free(explanation);
}

/* One addition a pass that needs its own last result: with one bundle to spare it is no bound, without it is. */
static void a_recurrence_is_found(void **state)
{
	struct aie_explanation *explanation = explain_loop("add r0, r0, #1\nnop\nnop\n");

	(void)state;
	assert_false(explanation->analysis.recurrent);
	free(explanation);
	/* r1 of the last pass is read at once: add -> add around the loop's end. */
	explanation = explain_loop("add r0, r1, #1\nadd r1, r0, #1\n");
	assert_true(explanation->analysis.recurrent);
	free(explanation);
}

static void code_that_is_none_is_refused(void **state)
{
	struct aie_run_profile *profile =
	        read_run("\"by\":\"compute\"", ",\"loop\":{\"code\":\"ffffffffffffffffffffffffffffffff\"}");
	struct aie_explanation *explanation = malloc(sizeof *explanation);
	struct aie_error error = { 0 };

	(void)state;
	assert_int_equal(aie_explain(explanation, profile, &error), -1);
	assert_int_equal(error.category, AIE_ERROR_INPUT);
	free(explanation);
	free(profile);
}

static void results_that_are_none_are_refused(void **state)
{
	static const char *const bad[] = { "[]",
		                           "{}",
		                           "{\"cycles\":0,\"clock_hz\":1}",
		                           "{\"cycles\":1,\"clock_hz\":1,\"cores\":{}}",
		                           "{\"cycles\":-1,\"clock_hz\":1}",
		                           "{\"cycles\":1,\"clock_hz\":1,\"loop\":{\"code\":\"0g\"}}" };

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct aie_run_profile *profile = malloc(sizeof *profile);
		struct aie_error error = { 0 };
		struct aie_json_document *document = aie_json_parse(bad[i], strlen(bad[i]), &error);

		assert_non_null(document);
		assert_int_equal(aie_run_profile_read(profile, aie_json_root(document), &error), -1);
		assert_int_equal(error.category, AIE_ERROR_INPUT);
		aie_json_free(document);
		free(profile);
	}
}

/* ---- page ---- */

static unsigned occurrences(const char *text, const char *of)
{
	unsigned count = 0;

	for (; (text = strstr(text, of)); text++)
		count++;
	return count;
}

static void the_page_stands_alone(void **state)
{
	struct aie_run_profile *profile =
	        read_run("\"by\":\"DDR\",\"core_share\":0.4,\"shim_share\":0.3,\"ddr_share\":0.8", "");
	struct aie_explanation *explanation = explain(profile);
	char *page = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&page, &size);

	(void)state;
	aie_run_report_html(out, profile, explanation, NULL);
	fclose(out);
	assert_true(size < 2000000);
	/* Texts are shown, not run; the only address is the name of SVG's name space; nothing is fetched. */
	assert_null(strstr(page, "<script"));
	assert_non_null(strstr(page, "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;run&quot;"));
	assert_int_equal(occurrences(page, "http"), occurrences(page, "xmlns=\"http://www.w3.org/2000/svg\""));
	assert_null(strstr(page, "src="));
	assert_null(strstr(page, "url("));
	assert_null(strstr(page, "nan"));
	assert_null(strstr(page, "inf"));
	for (const char *const *id =
	             (const char *const[]){ "verdict", "map", "stalls", "roofline", "dma", "locks", NULL };
	     *id; id++) {
		char text[40];

		snprintf(text, sizeof text, "id=\"%s\"", *id);
		assert_non_null(strstr(page, text));
	}
	assert_int_equal(occurrences(page, "<section"), occurrences(page, "</section>"));
	assert_int_equal(occurrences(page, "<svg"), occurrences(page, "</svg>"));
	free(page);
	free(explanation);
	free(profile);
}

/* ---- history ---- */

static const char history[] =
        ",\"history\":{\"cycles\":10000,\"recorded\":10000,\"parts\":4,\"series\":["
        "{\"kind\":\"active\",\"column\":0,\"row\":2,\"parts\":[0,1,1,0.5]},"
        "{\"kind\":\"lock wait\",\"column\":0,\"row\":2,\"parts\":[0,0.5,0.25,0]},"
        "{\"kind\":\"channel\",\"column\":0,\"row\":0,\"direction\":\"MM2S\",\"channel\":0,\"parts\":[0,0.8,0.4,0]},"
        "{\"kind\":\"lock value\",\"column\":0,\"row\":2,\"lock\":1,\"object\":\"A "
        "full\",\"largest\":1,\"parts\":[0,0.1,"
        "1,0]},"
        "{\"kind\":\"lock value\",\"column\":0,\"row\":2,\"lock\":0,\"object\":\"A "
        "empty\",\"largest\":2,\"parts\":[0,1,0,"
        "2]},"
        "{\"kind\":\"lock value\",\"column\":0,\"row\":2,\"lock\":9,\"largest\":3,\"parts\":[1,1,1,3]}]}";

static void a_history_is_read_and_drawn(void **state)
{
	struct aie_run_profile *profile =
	        read_run("\"by\":\"dispatch\",\"core_share\":0.05,\"dispatch_share\":0.9", history);
	struct aie_explanation *explanation = explain(profile);
	const struct aie_run_series *series;
	char *page = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&page, &size);

	(void)state;
	assert_int_equal(profile->part_count, 4);
	assert_int_equal(profile->series_count, 6);
	series = aie_run_series_find(profile, AIE_RUN_SERIES_CHANNEL, 0, 0, 0, true);
	assert_non_null(series);
	assert_true(series->part[1] > 0.79F && series->part[1] < 0.81F);
	assert_null(aie_run_series_find(profile, AIE_RUN_SERIES_CHANNEL, 0, 0, 0, false));
	/* Data moved in two of four parts: without dispatch half of the run would be left, not a tenth. */
	assert_true(explanation->speedup > 1.99 && explanation->speedup < 2.01);
	aie_run_report_html(out, profile, explanation, NULL);
	fclose(out);
	assert_non_null(strstr(page, "id=\"timeline\""));
	assert_non_null(strstr(page, "id=\"buffers\""));
	/* Works: active less waits, 0, 50, 75 and 50 % from the bottom. */
	assert_non_null(strstr(page, "<path class=\"issue\" d=\"M1 100V50H2V100zM2 100V25H3V100zM3 100V50H4V100z\""));
	/* FIFO A of two buffers: before it is set nothing; then one empty, 0.1 of 2 full, the rest in hands; and so on.
	 */
	assert_non_null(strstr(page, "<path class=\"held\" d=\"M1 95V50H2V95zM2 50V0H3V50z\""));
	assert_non_null(strstr(page, "<path class=\"full\" d=\"M1 100V95H2V100zM2 100V50H3V100z\""));
	/* A lock of no known object: its value against the largest. */
	assert_non_null(strstr(page, "(0,2) lock 9"));
	assert_non_null(strstr(page, "1.50 of 3"));
	free(page);
	free(explanation);
	free(profile);
}

static void histories_that_are_none_are_refused(void **state)
{
	static const char *const bad[] = {
		"{\"parts\":241}",
		"{\"parts\":2,\"series\":[{\"kind\":\"active\",\"parts\":[1]}]}",
		"{\"parts\":2,\"series\":[{\"kind\":\"active\",\"parts\":[1,2,3]}]}",
		"{\"parts\":2,\"series\":[{\"kind\":\"active\",\"parts\":[1,-1]}]}",
		"{\"parts\":2,\"series\":[{\"kind\":\"active\",\"parts\":[1,null]}]}",
		"{\"parts\":2,\"series\":[{\"kind\":\"other\",\"parts\":[1,1]}]}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct aie_run_profile *profile = malloc(sizeof *profile);
		struct aie_error error = { 0 };
		struct aie_json_document *document;
		char text[300];

		snprintf(text, sizeof text, "{\"cycles\":1,\"clock_hz\":1,\"history\":%s}", bad[i]);
		document = aie_json_parse(text, strlen(text), &error);
		assert_non_null(document);
		assert_int_equal(aie_run_profile_read(profile, aie_json_root(document), &error), -1);
		assert_int_equal(error.category, AIE_ERROR_INPUT);
		aie_json_free(document);
		free(profile);
	}
}

/* ---- trend ---- */

static void add_result(struct aie_trend *trend, const char *name, const char *text)
{
	struct aie_error error = { 0 };
	struct aie_json_document *document = aie_json_parse(text, strlen(text), &error);

	assert_non_null(document);
	assert_int_equal(aie_trend_add(trend, name, aie_json_root(document), &error), 1);
	aie_json_free(document);
}

static void a_regression_is_judged_against_the_best(void **state)
{
	struct aie_trend trend;

	(void)state;
	aie_trend_init(&trend, "bound.share", false);
	add_result(&trend, "c.json", "{\"title\":\"A\",\"bound\":{\"share\":104}}");
	add_result(&trend, "a.json", "{\"title\":\"A\",\"bound\":{\"share\":110}}");
	add_result(&trend, "b.json", "{\"title\":\"A\",\"bound\":{\"share\":100}}");
	add_result(&trend, "a.json", "{\"title\":\"B\",\"bound\":{\"share\":7},\"sequence\":2}");
	add_result(&trend, "b.json", "{\"title\":\"B\",\"bound\":{\"share\":5},\"sequence\":1}");
	aie_trend_judge(&trend, 5);
	assert_int_equal(trend.count, 2);
	assert_true(trend.series[0].change > 3.99 && trend.series[0].change < 4.01); /* 104 against 100 */
	assert_false(trend.series[0].regressed);
	assert_string_equal(trend.series[1].run[0].name, "b.json"); /* by sequence */
	assert_true(trend.series[1].regressed);
	assert_true(trend.regressed);
	aie_trend_close(&trend);

	aie_trend_init(&trend, "rate", true);
	add_result(&trend, "a", "{\"rate\":100}");
	add_result(&trend, "b", "{\"rate\":120}");
	aie_trend_judge(&trend, 5);
	assert_false(trend.regressed);
	assert_true(trend.series[0].change < -19.9);
	aie_trend_close(&trend);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_profile_is_read),
		cmocka_unit_test(each_bottleneck_is_named_with_its_gain),
		cmocka_unit_test(a_run_that_hung_has_no_bottleneck),
		cmocka_unit_test(a_chain_is_found),
		cmocka_unit_test(a_full_slot_is_found),
		cmocka_unit_test(a_recurrence_is_found),
		cmocka_unit_test(code_that_is_none_is_refused),
		cmocka_unit_test(results_that_are_none_are_refused),
		cmocka_unit_test(the_page_stands_alone),
		cmocka_unit_test(a_history_is_read_and_drawn),
		cmocka_unit_test(histories_that_are_none_are_refused),
		cmocka_unit_test(a_regression_is_judged_against_the_best),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
