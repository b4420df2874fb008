// Against files that the compiler at hand made of tests/samples/functions.c, as DWARF 4 and 5, as
// an object (relocated here) and linked, with its debug sections compressed and not.
#include "symbols/dwarf/dwarf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace knowhy::symbols {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::Field;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Kind = Location::Kind;

std::shared_ptr<const ElfFile> sample(const std::string& name) {
    return std::make_shared<const ElfFile>(ElfFile::open(KNOWHY_SAMPLES "/" + name).value());
}

class Sample : public ::testing::TestWithParam<const char*> {
  protected:
    uint64_t symbol(std::string_view name) const {
        const auto& all = file_->symbols();
        const auto found = std::find_if(all.begin(), all.end(),
                                        [&](const auto& symbol) { return symbol.name == name; });
        return found == all.end() ? 0 : found->address;
    }
    Register argument(size_t number) const {
        return kernel_convention(file_->machine().arch)->arguments.at(number);
    }
    // The line of the sample that starts with this text, spaces aside.
    static uint32_t line_of(std::string_view text);
    Variable variable(uint64_t address, std::string_view name) {
        const auto all = info_.variables(address).value();
        const auto found =
            std::find_if(all.begin(), all.end(), [&](const auto& v) { return v.name == name; });
        return found == all.end() ? Variable{} : *found;
    }
    CallSite call(std::string_view from, std::string_view callee) {
        const auto function = info_.function_at(symbol(from)).value().value();
        const auto sites = info_.call_sites(function.die).value();
        for (const CallSite& site : sites) {
            if (site.callee == callee) return site;
        }
        return {};
    }

    std::shared_ptr<const ElfFile> file_ = sample(GetParam());
    DebugInfo info_ = DebugInfo::open(file_, "").value();
};

INSTANTIATE_TEST_SUITE_P(All, Sample,
                         ::testing::Values("functions4", "functions5", "functions4.o",
                                           "functions5.o", "compressed.o"),
                         [](const auto& file) {
                             std::string name = file.param;
                             std::replace(name.begin(), name.end(), '.', '_');
                             return name;
                         });

uint32_t Sample::line_of(std::string_view text) {
    FILE* file = std::fopen(KNOWHY_SOURCE_DIR "/tests/samples/functions.c", "r");
    char line[256];
    uint32_t number = 0;
    uint32_t found = 0;
    while (found == 0 && std::fgets(line, sizeof line, file) != nullptr) {
        ++number;
        const std::string_view seen = line;
        const size_t start = seen.find_first_not_of(" \t");
        if (start != std::string_view::npos && seen.substr(start).starts_with(text)) found = number;
    }
    std::fclose(file);
    return found;
}

TEST_P(Sample, AFunctionIsFoundAtItsEntry) {
    const auto function = info_.function_at(symbol("outer")).value();
    ASSERT_TRUE(function.has_value());
    EXPECT_EQ(function->function, "outer");
    EXPECT_EQ(function->symbol, "outer");
    EXPECT_EQ(function->entry, symbol("outer"));
    EXPECT_FALSE(function->inlined);
    EXPECT_EQ(function->declared.line, line_of("int outer("));
    EXPECT_THAT(function->declared.file, EndsWith("tests/samples/functions.c"));
}

TEST_P(Sample, NothingCoversAnAddressOutside) {
    EXPECT_THAT(info_.levels(1).value(), IsEmpty());
    EXPECT_EQ(info_.line(1).value(), std::nullopt);
    EXPECT_EQ(info_.function_at(~uint64_t{0}).value(), std::nullopt);
    EXPECT_THAT(info_.variables(1).value(), IsEmpty());
}

TEST_P(Sample, BothInlinedInstancesAreFoundWithTheirCallers) {
    const auto instances = info_.instances("inner").value();
    ASSERT_THAT(instances, SizeIs(2));
    std::vector<uint32_t> call_lines;
    for (const Instance& instance : instances) {
        EXPECT_TRUE(instance.inlined);
        EXPECT_EQ(instance.symbol, "outer");
        ASSERT_THAT(instance.chain, SizeIs(2));
        EXPECT_EQ(instance.chain[0].function, "inner");
        EXPECT_EQ(instance.chain[0].die, instance.die);
        EXPECT_EQ(instance.chain[1].function, "outer");
        call_lines.push_back(instance.chain[1].at.line);
        EXPECT_EQ(info_.levels(instance.entry).value().back().function, "outer");
    }
    EXPECT_THAT(call_lines, ::testing::UnorderedElementsAre(line_of("int result = inner("),
                                                            line_of("return result + inner(")));
}

TEST_P(Sample, ANameMayHaveWildcards) {
    std::vector<std::string> names;
    const auto instances = info_.instances("*of*").value();
    names.reserve(instances.size());
    for (const Instance& instance : instances) names.push_back(instance.function);
    EXPECT_THAT(names, ElementsAre("key_of"));
    EXPECT_THAT(info_.instances("no_such_function").value(), IsEmpty());
}

TEST_P(Sample, ParametersStartInTheConventionsRegisters) {
    const auto variables = info_.variables(symbol("leaf")).value();
    ASSERT_THAT(variables, SizeIs(2));
    for (size_t i = 0; i < 2; ++i) {
        EXPECT_TRUE(variables[i].parameter);
        EXPECT_EQ(variables[i].location.kind, Kind::InRegister) << variables[i].name;
        EXPECT_EQ(variables[i].location.base, argument(i)) << variables[i].name;
        EXPECT_EQ(info_.types().text(variables[i].type), "int");
    }
    EXPECT_EQ(variables[0].name, "first");
    EXPECT_EQ(variables[1].name, "second");
}

TEST_P(Sample, AComputedValueIsNoMemory) {
    const Variable held = variable(symbol("key_of"), "held");
    EXPECT_EQ(held.location.kind, Kind::Value);
    EXPECT_TRUE(held.location.simple);
    EXPECT_EQ(held.location.base, argument(0));
    EXPECT_EQ(held.location.offset, -static_cast<int64_t>(file_->machine().address_bytes()));
    EXPECT_EQ(info_.types().text(held.type), "struct holder *");
}

TEST_P(Sample, BehindACallAClobberedParameterIsItsEntryValue) {
    const CallSite site = call("forgets", "leaf");
    ASSERT_NE(site.return_address, 0U);
    const Variable gone = variable(site.return_address, "gone");
    EXPECT_EQ(gone.location.kind, Kind::Entry);
    EXPECT_TRUE(gone.location.simple);
    EXPECT_EQ(gone.location.base, argument(0));
    EXPECT_EQ(variable(symbol("forgets"), "gone").location.kind, Kind::InRegister);
}

TEST_P(Sample, CallSitesTellConstantArguments) {
    const CallSite site = call("outer", "leaf");
    const auto first = std::find_if(site.arguments.begin(), site.arguments.end(),
                                    [&](const auto& a) { return a.reg == argument(0); });
    ASSERT_NE(first, site.arguments.end());
    EXPECT_EQ(first->value.kind, Kind::Constant);
    EXPECT_EQ(first->value.offset, 7);
}

TEST_P(Sample, AnInlinedParameterMayBeAConstant) {
    bool seen = false;
    const auto instances = info_.instances("inner").value();
    for (const Instance& instance : instances) {
        if (instance.chain[1].at.line != line_of("return result + inner(")) continue;
        const auto variables = info_.variables(instance.ranges.front().from).value();
        const auto factor = std::find_if(variables.begin(), variables.end(),
                                         [](const auto& v) { return v.name == "factor"; });
        ASSERT_NE(factor, variables.end());
        EXPECT_EQ(factor->location.kind, Kind::Constant);
        EXPECT_EQ(factor->location.offset, 3);
        EXPECT_EQ(factor->scope_depth, 0U);
        EXPECT_EQ(factor->function, "inner");
        EXPECT_THAT(variables, Contains(Field(&Variable::scope_depth, 1U)));
        seen = true;
    }
    EXPECT_TRUE(seen);
}

TEST_P(Sample, AStaticOfAnInlinedFunctionIsWhereTheLinkerPutIt) {
    const auto instances = info_.instances("tally").value();
    ASSERT_THAT(instances, SizeIs(1));
    const Variable total = variable(instances.front().entry, "total");
    EXPECT_EQ(total.function, "tally");
    EXPECT_EQ(total.location.kind, Kind::Global);
    const ElfFile::Section* section =
        file_->section_of(static_cast<uint64_t>(total.location.offset));
    ASSERT_NE(section, nullptr);
    EXPECT_EQ(section->name, ".bss");
}

TEST_P(Sample, AStackSlotIsRelativeToTheStackPointerAtThatAddress) {
    const Variable kept = variable(call("remembers", "leaf").return_address, "kept");
    EXPECT_EQ(kept.location.kind, Kind::InMemory);
    EXPECT_EQ(kept.location.base, kernel_convention(file_->machine().arch)->stack_pointer);
    EXPECT_EQ(info_.types().text(kept.type), "int [4]");
    // Before the frame is made the same slot is elsewhere, seen from the stack pointer.
    EXPECT_NE(variable(symbol("remembers"), "kept").location, kept.location);
}

TEST_P(Sample, RangesCoverTheAddressAskedFor) {
    const Instance function = info_.function_at(symbol("outer")).value().value();
    const auto rows = info_.rows(function.ranges).value();
    for (const LineRow& row : rows) {
        const auto variables = info_.variables(row.address).value();
        for (const Variable& variable : variables) {
            const auto here = std::find_if(
                variable.ranges.begin(), variable.ranges.end(),
                [&](const auto& r) { return row.address >= r.from && row.address < r.to; });
            const Location expected = here == variable.ranges.end() ? Location{} : here->location;
            EXPECT_EQ(variable.location, expected) << variable.name << " at " << row.address;
        }
    }
}

TEST_P(Sample, ALineIsFoundByTheTailOfItsFile) {
    const uint32_t line = line_of("return held->key;");
    const auto rows = info_.addresses_of("functions.c", line).value();
    ASSERT_FALSE(rows.empty());
    for (const LineRow& row : rows) {
        EXPECT_EQ(row.line.line, line);
        EXPECT_EQ(info_.levels(row.address).value().front().function, "key_of");
    }
    EXPECT_EQ(info_.addresses_of("samples/functions.c", line).value().size(), rows.size());
    EXPECT_EQ(info_.addresses_of("sam*/f*.c", line).value().size(), rows.size());
    EXPECT_THAT(info_.addresses_of("unctions.c", line).value(), IsEmpty());
}

TEST_P(Sample, ALineWithoutCodeGivesTheNextOfTheSameFunction) {
    const auto rows = info_.addresses_of("functions.c", line_of("sink = (long)kept") - 1).value();
    ASSERT_FALSE(rows.empty());
    EXPECT_EQ(rows.front().line.line, line_of("sink = (long)kept"));
    EXPECT_EQ(info_.levels(rows.front().address).value().back().function, "remembers");
    // What stands before a function is not in it.
    EXPECT_THAT(info_.addresses_of("functions.c", line_of("/* `kept` lives")).value(), IsEmpty());
}

TEST_P(Sample, EveryRowsLineIsTheLineAtItsAddress) {
    const auto rows = info_.addresses_of("functions.c", 0).value();
    ASSERT_GT(rows.size(), 10U);
    const auto last_at = [&](uint64_t address) {
        return std::count_if(rows.begin(), rows.end(),
                             [&](const LineRow& row) { return row.address == address; }) == 1;
    };
    for (const LineRow& row : rows) {
        if (!last_at(row.address)) continue;
        EXPECT_EQ(info_.line(row.address).value()->line, row.line.line) << row.address;
    }
}

TEST_P(Sample, StructuresHaveTheirLayout) {
    const auto type = info_.type_named("struct flexible").value();
    ASSERT_TRUE(type.has_value());
    const Types& types = info_.types();
    EXPECT_EQ(types[*type].bytes, 16U);
    const auto high = types.field(*type, "high");
    ASSERT_TRUE(high.has_value());
    EXPECT_EQ(high->bit_offset, 3U);
    EXPECT_EQ(high->bit_size, 13U);
    const auto half = types.field(*type, "half[1]");
    ASSERT_TRUE(half.has_value());
    EXPECT_EQ(half->bit_offset, 48U);
    const auto data = types.field(*type, "data");
    ASSERT_TRUE(data.has_value());
    EXPECT_EQ(types[data->type].count, std::nullopt);
    const auto next = types.field(*type, "next");
    ASSERT_TRUE(next.has_value());
    EXPECT_EQ(types.resolved(types.pointee(next->type).value()), *type);
}

TEST_P(Sample, OtherTypesAreWhatCSays) {
    const Types& types = info_.types();
    const auto number = info_.type_named("number").value();
    ASSERT_TRUE(number.has_value());
    EXPECT_EQ(types.bytes_of(*number), 4U);
    EXPECT_EQ(types.text(*number), "number");
    EXPECT_EQ(types.text(types.resolved(*number)), "unsigned int");
    const auto colour = info_.type_named("enum colour").value();
    ASSERT_TRUE(colour.has_value());
    ASSERT_THAT(types[*colour].enumerators, SizeIs(2));
    EXPECT_EQ(types[*colour].enumerators[0].value, -1);
    EXPECT_EQ(types[*colour].enumerators[1].value, 5);
    EXPECT_EQ(info_.type_named("struct nothing").value(), std::nullopt);
}

class ForeignMachine : public ::testing::TestWithParam<const char*> {
  protected:
    DebugInfo info_ = DebugInfo::open(sample(GetParam()), "").value();
};

INSTANTIATE_TEST_SUITE_P(All, ForeignMachine,
                         ::testing::Values("aarch64.o", "riscv64.o", "mips64.o", "mips64el.o",
                                           "i386.o"),
                         [](const auto& file) {
                             const std::string name = file.param;
                             return name.substr(0, name.find('.'));
                         });

TEST_P(ForeignMachine, InlinedFunctionsAndLinesAreWhereTheyAre) {
    const auto instances = info_.instances("inner").value();
    ASSERT_THAT(instances, SizeIs(2));
    for (const Instance& instance : instances) {
        EXPECT_EQ(instance.symbol, "outer");
        const auto levels = info_.levels(instance.ranges.front().from).value();
        ASSERT_GE(levels.size(), 2U);
        EXPECT_EQ(levels.back().function, "outer");
        EXPECT_THAT(levels.front().at.file, EndsWith("functions.c"));
        EXPECT_GT(levels.front().at.line, 0U);
        EXPECT_EQ(info_.file().section_of(instance.entry)->name, ".text");
    }
}

TEST_P(ForeignMachine, ParametersAreInTheConventionsRegisters) {
    const auto leaf = info_.instances("leaf").value();
    ASSERT_THAT(leaf, SizeIs(1));
    const auto variables = info_.variables(leaf.front().entry).value();
    ASSERT_THAT(variables, SizeIs(2));
    const Arch arch = info_.file().machine().arch;
    if (arch == Arch::I386) {
        EXPECT_EQ(text(variables[0].location, arch), "[%esp+0x4]");
        return;
    }
    EXPECT_EQ(variables[0].location.kind, Kind::InRegister);
    EXPECT_EQ(variables[0].location.base, kernel_convention(arch)->arguments[0]);
}

TEST_P(ForeignMachine, StructuresHaveTheMachinesLayout) {
    const auto type = info_.type_named("struct flexible").value();
    ASSERT_TRUE(type.has_value());
    const bool wide = info_.file().machine().address_bytes() == 8;
    EXPECT_EQ(info_.types()[*type].bytes, wide ? 16U : 12U);
    const auto high = info_.types().field(*type, "high");
    ASSERT_TRUE(high.has_value());
    EXPECT_EQ(high->bit_offset, 3U);
}

}  // namespace
}  // namespace knowhy::symbols
