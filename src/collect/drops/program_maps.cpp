// What the drops programs have counted, read from their maps.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include <algorithm>

#include "collect/drops/programs.h"
#include "collect/drops/sample.h"

namespace knowhy::collect {

std::map<model::DropKey, Count> Programs::counts() const {
    std::map<model::DropKey, Count> all;
    const int fd = map_fd("kw_counts");
    std::vector<kw_count> per_cpu(libbpf_num_possible_cpus());
    kw_key key{};
    const kw_key* previous = nullptr;
    while (bpf_map_get_next_key(fd, previous, &key) == 0) {
        previous = &key;
        if (bpf_map_lookup_elem(fd, &key, per_cpu.data()) != 0) continue;
        Count& sum = all[to_key(key)];
        for (const kw_count& one : per_cpu) {
            if (one.count == 0) continue;
            sum.count += one.count;
            sum.first_ns =
                sum.first_ns == 0 ? one.first_ns : std::min<uint64_t>(sum.first_ns, one.first_ns);
            sum.last_ns = std::max<uint64_t>(sum.last_ns, one.last_ns);
        }
    }
    return all;
}

kw_totals Programs::totals() const {
    kw_totals sum{};
    std::vector<kw_totals> per_cpu(libbpf_num_possible_cpus());
    const uint32_t zero = 0;
    if (bpf_map_lookup_elem(map_fd("kw_totals"), &zero, per_cpu.data()) != 0) return sum;
    for (const kw_totals& one : per_cpu) {
        sum.events += one.events;
        sum.other += one.other;
        sum.filtered_out += one.filtered_out;
        sum.beyond_copy += one.beyond_copy;
        sum.samples += one.samples;
        sum.lost_samples += one.lost_samples;
        sum.shed_samples += one.shed_samples;
        sum.work_ns += one.work_ns;
        sum.work_runs += one.work_runs;
    }
    return sum;
}

void Programs::set_knobs(const kw_knobs& knobs) {
    const uint32_t zero = 0;
    bpf_map_update_elem(map_fd("kw_knobs"), &zero, &knobs, BPF_ANY);
}

}  // namespace knowhy::collect
