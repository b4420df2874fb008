#include "collect/script/map_store.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include <algorithm>
#include <cerrno>

#include "bpf/load/program.h"

namespace knowhy::collect {
namespace {

using Kind = ir::Map::Kind;

bool is_array(Kind kind) {
    return kind == Kind::Array || kind == Kind::PerCpuArray;
}

size_t rounded(size_t bytes) {
    return (bytes + 7) / 8 * 8;
}

class MapsInMemory final : public MapStore {
  public:
    explicit MapsInMemory(std::span<const ir::Map> maps) : maps_(maps.begin(), maps.end()) {
        contents_.resize(maps_.size());
        for (uint32_t i = 0; i < maps_.size(); ++i)
            if (is_array(maps_[i].kind)) fill_array(i);
    }

    std::optional<MapBytes> get(uint32_t map, MapSpan key) override {
        const auto found = contents_[map].find(MapBytes(key.begin(), key.end()));
        return found == contents_[map].end() ? std::nullopt : std::optional(found->second);
    }

    int put(uint32_t map, MapSpan key, MapSpan value, uint64_t flags) override {
        auto& content = contents_[map];
        const MapBytes name(key.begin(), key.end());
        const auto known = content.find(name);
        if (known != content.end() && flags == BPF_NOEXIST) return -EEXIST;
        if (known == content.end() && flags == BPF_EXIST) return -ENOENT;
        if (known == content.end() && content.size() >= maps_[map].max_entries) return -E2BIG;
        content[name].assign(value.begin(), value.end());
        return 0;
    }

    int remove(uint32_t map, MapSpan key) override {
        if (is_array(maps_[map].kind)) return -EINVAL;
        return contents_[map].erase(MapBytes(key.begin(), key.end())) == 0 ? -ENOENT : 0;
    }

    std::vector<MapBytes> keys(uint32_t map) override {
        std::vector<MapBytes> all;
        for (const auto& [key, value] : contents_[map]) all.push_back(key);
        return all;
    }

    std::optional<MapBytes> all_values(uint32_t map, MapSpan key) override {
        auto value = get(map, key);
        if (value) value->resize(rounded(value->size()));
        return value;
    }

  private:
    void fill_array(uint32_t map) {
        for (uint32_t i = 0; i < maps_[map].max_entries; ++i) {
            const auto* bytes = reinterpret_cast<const uint8_t*>(&i);
            contents_[map][MapBytes(bytes, bytes + sizeof(i))].resize(maps_[map].value_bytes);
        }
    }

    std::vector<ir::Map> maps_;
    std::vector<std::map<MapBytes, MapBytes>> contents_;
};

Result<UniqueFd> create(ir::Map map) {
    map.name = "kw_" + map.name;
    auto made = bpf::create_map(map);
    if (!made && made.error().kind == ErrorKind::Privilege)
        made.error().message += ": scripts need root, or CAP_BPF and CAP_PERFMON";
    return made;
}

}  // namespace

std::unique_ptr<MapStore> maps_in_memory(std::span<const ir::Map> maps) {
    return std::make_unique<MapsInMemory>(maps);
}

Result<std::unique_ptr<KernelMaps>> KernelMaps::create(
    std::span<const ir::Map> maps, uint32_t cpus, std::vector<std::optional<uint32_t>> user_parts) {
    std::unique_ptr<KernelMaps> made(new KernelMaps(maps, cpus, std::move(user_parts)));
    for (const ir::Map& map : maps) {
        KW_TRY(UniqueFd fd, collect::create(map));
        made->fds_.push_back(std::move(fd));
    }
    return made;
}

bool KernelMaps::is_per_cpu(uint32_t map) const {
    return ir::is_per_cpu(maps_[map].kind);
}

std::vector<int> KernelMaps::descriptors() const {
    std::vector<int> all;
    for (const UniqueFd& fd : fds_) all.push_back(fd.get());
    return all;
}

KernelMaps::Part KernelMaps::part_of(uint32_t map) {
    if (user_parts_[map]) return {*this, *user_parts_[map]};
    return {*own_, map};
}

// What the kernel has of it.
std::optional<MapBytes> KernelMaps::read(uint32_t map, MapSpan key) const {
    const size_t bytes = maps_[map].value_bytes;
    MapBytes values(is_per_cpu(map) ? rounded(bytes) * cpus_ : bytes);
    if (bpf_map_lookup_elem(fds_[map].get(), key.data(), values.data()) != 0) return std::nullopt;
    return values;
}

std::optional<MapBytes> KernelMaps::get(uint32_t map, MapSpan key) {
    if (!is_per_cpu(map)) return read(map, key);
    const Part part = part_of(map);
    auto own = part.store.get(part.map, key);
    if (!own && read(map, key)) own = MapBytes(maps_[map].value_bytes);
    return own;
}

int KernelMaps::put(uint32_t map, MapSpan key, MapSpan value, uint64_t flags) {
    if (!is_per_cpu(map))
        return bpf_map_update_elem(fds_[map].get(), key.data(), value.data(), flags);
    const bool in_kernel = read(map, key).has_value();
    if (in_kernel && flags == BPF_NOEXIST) return -EEXIST;
    const Part part = part_of(map);
    return part.store.put(part.map, key, value, in_kernel ? uint64_t{BPF_ANY} : flags);
}

int KernelMaps::remove(uint32_t map, MapSpan key) {
    const int done = bpf_map_delete_elem(fds_[map].get(), key.data());
    if (!is_per_cpu(map)) return done;
    const Part part = part_of(map);
    const int own = part.store.remove(part.map, key);
    return done == 0 ? 0 : own;
}

std::vector<MapBytes> KernelMaps::keys(uint32_t map) {
    std::vector<MapBytes> all;
    MapBytes key(maps_[map].key_bytes);
    int error = bpf_map_get_next_key(fds_[map].get(), nullptr, key.data());
    // Where keys go while we walk, the kernel begins anew: no more steps than there can be keys.
    for (uint64_t i = 0; error == 0 && i < 2UL * maps_[map].max_entries + 2; ++i) {
        all.push_back(key);
        error = bpf_map_get_next_key(fds_[map].get(), all.back().data(), key.data());
    }
    if (is_per_cpu(map)) {
        const Part part = part_of(map);
        for (MapBytes& own : part.store.keys(part.map)) all.push_back(std::move(own));
    }
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
}

std::optional<MapBytes> KernelMaps::all_values(uint32_t map, MapSpan key) {
    auto values = read(map, key);
    if (!is_per_cpu(map)) return values;
    const Part part = part_of(map);
    auto own = part.store.all_values(part.map, key);
    if (!own) return values;
    if (!values) values.emplace(rounded(maps_[map].value_bytes) * cpus_);
    own->resize(rounded(own->size()));
    values->insert(values->end(), own->begin(), own->end());
    return values;
}

}  // namespace knowhy::collect
