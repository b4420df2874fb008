#!/usr/bin/python3
"""knowhy locate and symbol against the debug files of the lab's kernel (lab/kernel --dbg)."""
import json
import re

import jsonschema

from harness import SOURCE, Case, knowhy, lab_files, main, records

FOLDER, RELEASE = lab_files()


def locate(*words):
    return knowhy("locate", *words, "--release", RELEASE, "--debug-dir", str(FOLDER))


def located(*words):
    done = locate(*words, "--json")
    assert done.returncode == 0, done.stderr
    line, = records(done.stdout)
    schema = SOURCE / "docs/schema/located.json"
    jsonschema.validate(line, json.loads(schema.read_text(encoding="utf-8")))
    return line


class Locate(Case):
    def test_inlined_parameter_range_by_range(self):
        """Incident 1: the function is not there, its parameter is, in its caller's register."""
        instance, = located("bonding:ad_tx_machine", "port")["instances"]
        self.assertTrue(instance["inlined"])
        self.assertEqual([level["function"] for level in instance["chain"]],
                         ["ad_tx_machine", "bond_3ad_state_machine_handler"])
        port, = instance["variables"]
        self.assertEqual(port["type"], "struct port *")
        # Wherever the instance has code, port is in one register.
        covered = [(part["from"], part["to"]) for part in port["ranges"]]
        self.assertEqual(covered, [(part["from"], part["to"]) for part in instance["ranges"]])
        self.assertGreater(len(covered), 1)
        registers = {part["location"] for part in port["ranges"]}
        self.assertEqual(len(registers), 1)
        best = instance["best_probe"]
        self.assertEqual({best["location"]}, registers)
        self.assertEqual(best["where"]["symbol"], "bond_3ad_state_machine_handler")
        self.assertIn(f"+{best['where']['offset']} ", best["command"])

    def test_what_debug_information_lost_is_found_in_a_copy(self):
        """Debug information gives only the register at entry; it was copied and still is there."""
        instance, = located("tcp_ack", "skb")["instances"]
        skb, = instance["variables"]
        lost = [part["from"] for part in skb["ranges"] if part["location"].endswith("at entry")]
        self.assertTrue(lost)
        grades = set()
        for place in lost:
            answer, = located(f"tcp_ack+{place}", "skb")["instances"]
            grades |= {variable["grade"] for variable in answer["variables"]}
        self.assertIn("proven copy", grades)

    def test_offset_into_a_clone_by_its_plain_name(self):
        line = located("ip_rcv_finish_core", "skb")
        symbol = line["instances"][0]["ranges"][0]["symbol"]
        self.assertTrue(symbol.startswith("ip_rcv_finish_core."))
        again = located("ip_rcv_finish_core+0x10", "skb")["instances"][0]
        self.assertEqual(again["where"]["symbol"], symbol)

    def test_text_of_the_same(self):
        done = locate("ad_tx_machine", "port")  # without its module: that is looked for
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for words in ("ad_tx_machine into bond_3ad_state_machine_handler", "struct port *port",
                      "safe to probe", "bpftrace -e 'kprobe:bond_3ad_state_machine_handler+"):
            self.assertIn(words, done.stdout)

    def test_listing_follows_the_variable(self):
        instance, = located("ip_rcv_core", "skb", "--asm")["instances"]
        changes = [change for line in instance["listing"] for change in line["changes"]]
        self.assertEqual(changes[0], "skb: %rdi")
        self.assertGreater(len(changes), 2)

    def test_listing_tells_inlined_functions_variables_apart(self):
        instance, = located("ip_rcv_core", "--asm")["instances"]
        changes = [change for line in instance["listing"] for change in line["changes"]]
        self.assertIn("skb: %rdi", changes)
        self.assertTrue([change for change in changes if change.startswith("skb of skb_")])

    def test_no_slot_is_offered_before_its_frame(self):
        instance, = located("tcp_v4_rcv", "drop_reason")["instances"]
        variable, = instance["variables"]
        self.assertEqual(variable["grade"], "gone")
        self.assertFalse([part for part in variable["ranges"] if "[%rsp-" in part["location"]])

    def test_no_slot_is_offered_before_something_is_written_there(self):
        instance, = located("tcp_v4_rcv", "drop_reason")["instances"]
        named = instance["variables"][0]["ranges"][0]["from"]
        self.assertGreater(instance["best_probe"]["where"]["offset"], named)
        between, = located(f"tcp_v4_rcv+{named}", "drop_reason")["instances"]
        self.assertIsNone(between["variables"][0]["location"])
        self.assertIn("not written yet", between["variables"][0]["how"])

    def test_unsafe_place_has_a_safe_one_near(self):
        instance, = located("tcp_ack+0x1")["instances"]  # inside the call of __fentry__
        self.assertIs(instance["safe"], False)
        near = instance["nearest_safe"]
        self.assertEqual((near["symbol"], near["offset"]), ("tcp_ack", 0))
        again, = located(f"tcp_ack+{near['offset']}")["instances"]
        self.assertEqual((again["safe"], again["nearest_safe"]), (True, None))

    def test_line_without_code(self):
        line = located("bonding:bond_3ad.c:1383")
        self.assertEqual(line["instances"][0]["line_asked"], 1384)
        self.assertIn("1384", line["notes"][0])

    def test_line_by_a_path_relative_to_elsewhere(self):
        places = [located(name)["instances"][0]["where"]
                  for name in ("net/ipv4/ip_input.c:540", "../net/ipv4/ip_input.c:540")]
        self.assertEqual(*places)

    def test_a_line_of_a_stack_is_a_place(self):
        plain, = located("bonding:bond_enslave+0x1c")["instances"]
        pasted, = located("bond_enslave+0x1c/0x16d2 [bonding]")["instances"]
        self.assertEqual(plain, pasted)

    def test_a_pattern_is_looked_for_in_modules_too(self):
        for place in ("bond_3ad_st*", "bond_3a?.c:2517"):
            answer = located(place)
            self.assertEqual(answer["image"], "bonding", place)
            symbols = {instance["where"]["symbol"] for instance in answer["instances"]}
            self.assertIn("bond_3ad_state_machine_handler", symbols)

    def test_every_inlined_body_is_within_its_code(self):
        for instance in located("skb_dst")["instances"]:
            self.assertEqual(instance["function"], "skb_dst", instance["where"])

    def test_assembly_has_a_line(self):
        instance, = located("memcpy+4")["instances"]
        self.assertTrue(instance["where"]["file"].endswith("memcpy_64.S"), instance["where"])
        self.assertIs(instance["safe"], False)

    def test_function_that_is_inlined_everywhere_is_meant_by_a_slip(self):
        done = locate("skb_share_chek")
        self.assert_one_error(done, 2, "did you mean 'skb_share_check'?")

    def test_errors_are_one_line(self):
        self.assert_one_error(locate("tcp_v4_rcx"), 2, "did you mean 'tcp_v4_rcv'?")
        self.assert_one_error(locate("tcp_v4_rcv", "nix"), 2, "no variable 'nix'", "skb")
        self.assert_one_error(locate("tcp_v4_rcv", "skbb"), 2, "did you mean 'skb'?", "more")
        self.assert_one_error(locate("a b"), 2, "FUNCTION")
        self.assert_one_error(locate("bondign:x"), 2, "no module", "did you mean 'bonding'?")
        self.assert_one_error(locate("tcp.c:abc"), 2, "no line of tcp.c")
        self.assert_one_error(locate("0x12"), 2, "covers 0x12")
        self.assert_one_error(locate("tcp_v4_rcv+0x99999"), 2, "behind the end", "at +0x")
        self.assert_one_error(locate("skb_dst+0"), 2, "only inlined", "knowhy locate skb_dst")
        self.assert_one_error(locate("tcp_ipv4.c"), 2, "is a file", "tcp_ipv4.c:LINE")
        self.assert_one_error(locate("memcpy", "dst"), 2, "nothing is in scope")
        self.assert_one_error(locate("net/ipv4/tcp_input.c:99999"), 2, "its code is of lines ")
        for words in (("--vmlinux", "/nonexistent"), ("--debug-dir", "/nonexistent")):
            self.assert_one_error(knowhy("locate", "tcp_v4_rcv", *words), 2, "/nonexistent")
        image = FOLDER / f"usr/lib/debug/boot/vmlinux-{RELEASE}"
        for words in (("locate", "tcp_v4_rcv"), ("symbol", "ffffffff81000000")):
            other = knowhy(*words, "--vmlinux", str(image))
            self.assert_one_error(other, 2, "build-id", "wanted")

    def test_a_line_without_code_leads_to_the_next(self):
        rows = re.findall(r"^  (\d+) +(\S+)$", locate("net/ipv4/ip_input.c:*").stdout, re.MULTILINE)
        gaps = [(int(a), int(b), place) for (a, _), (b, place) in zip(rows, rows[1:])
                if int(b) - int(a) > 2]
        before, after, _ = next(gap for gap in gaps if gap[2].endswith("+0x0"))
        self.assert_one_error(locate(f"net/ipv4/ip_input.c:{before + 1}"), 2,
                              f"the nearest lines with code are {before} and {after}")
        begin = next(int(line) for line, place in rows
                     if re.fullmatch(r"ip_rcv_finish_core\S*\+0x0", place))
        before, after, _ = next(gap for gap in gaps if gap[0] >= begin)
        done = locate(f"net/ipv4/ip_input.c:{before + 1}")
        self.assertIn(f"the next that has is {after}", done.stdout)

    def test_symbol_of_another_kernel_has_that_kernel_s_names(self):
        """/proc/kallsyms is of the kernel that runs, and would give names that look right."""
        start = int(located("tcp_v4_rcv")["instances"][0]["where"]["address"], 16)
        done = knowhy("symbol", f"{start + 5:#x}", "--release", RELEASE, "--debug-dir", str(FOLDER))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("tcp_v4_rcv+0x5  net/ipv4/tcp_ipv4.c:", done.stdout)

    def test_symbol_has_lines_and_inlines(self):
        place = located("net/ipv4/ip_input.c:540")["instances"][0]
        address = place["where"]["address"]
        start = int(address, 16) - place["where"]["offset"]
        done = knowhy("symbol", "--json", "--system-map",
                      "/dev/stdin", "--release", RELEASE, "--debug-dir", str(FOLDER), address,
                      input=f"{start:x} t ip_rcv_core\n{start + 4096:x} t next\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        answer, = records(done.stdout)
        self.assertEqual(answer["inlined"], place["chain"])
        self.assertEqual(answer["file"], place["where"]["file"])


if __name__ == "__main__":
    main()
