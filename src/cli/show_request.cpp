#include "cli/show_request.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "cli/show_members.h"
#include "collect/drops/scope.h"
#include "collect/show/core_view.h"
#include "collect/show/live_view.h"
#include "collect/show/objects.h"
#include "collect/show/walk.h"
#include "host/netns.h"

namespace knowhy::cli {
namespace {

using collect::KernelObject;
using collect::KernelView;

constexpr std::array<std::string_view, 3> kKeywords = {"struct", "union", "enum"};

// TYPE may have come as two words: `show struct port 0x...`.
std::vector<std::string> joined_type(std::vector<std::string> words) {
    const bool apart = words.size() > 1 && std::find(kKeywords.begin(), kKeywords.end(),
                                                     words.front()) != kKeywords.end();
    if (!apart) return words;
    words[1] = words[0] + " " + words[1];
    words.erase(words.begin());
    return words;
}

std::vector<std::string> behind(const std::vector<std::string>& words, size_t count) {
    return {words.begin() + static_cast<ptrdiff_t>(std::min(count, words.size())), words.end()};
}

// "0xffff888005f3a000", the same without 0x when it has 16 digits, or a symbol.
Result<uint64_t> address_of(KernelView& view, const std::string& word) {
    constexpr size_t kDigits = 16;
    const bool prefixed = word.starts_with("0x") || word.starts_with("0X");
    const auto number = parse_u64(std::string_view(word).substr(prefixed ? 2 : 0), 16);
    if (number && (prefixed || word.size() == kDigits)) return *number;
    if (prefixed || (number && word.front() <= '9'))
        return fail(ErrorKind::Usage, "'{}' is no address: write 0x and up to 16 hex digits",
                    escaped(word));
    return view.address_of(word);
}

// What a CPU's own copy of a per-CPU variable is moved by (include/asm-generic/percpu.h).
Result<uint64_t> per_cpu_offset(KernelView& view, unsigned cpu) {
    KW_TRY(const uint64_t table, view.address_of("__per_cpu_offset"));
    std::array<uint8_t, 8> bytes{};
    if (!view.memory().read(table + uint64_t{cpu} * bytes.size(), bytes))
        return fail(ErrorKind::Usage, "no CPU {}", cpu);
    return collect::number_in(bytes, 0, 64, false);
}

Result<uint32_t> netns_of(const ShowRequest& request) {
    if (!request.core.empty()) {
        const auto inum = parse_u64(request.netns);
        if (!request.netns.empty() && (!inum || *inum > UINT32_MAX))
            return fail(ErrorKind::Usage, "with --core, --ns takes a namespace's number");
        return static_cast<uint32_t>(inum.value_or(0));
    }
    if (request.netns.empty()) return host::own_netns_inum();
    KW_TRY(const model::Scope scope, collect::resolve_scope(request.netns, ""));
    return scope.netns;
}

class Finder {
  public:
    Finder(const ShowRequest& request, KernelView& view)
        : request_(request), view_(view), words_(joined_type(request.words)) {}

    Result<WantedObjects> find() {
        if (words_.size() < 2)
            return fail(ErrorKind::Usage,
                        "name an object: TYPE ADDR, dev NAME, bond NAME or "
                        "sock PORT");
        const std::string& kind = words_.front();
        Status found;
        if (kind == "dev") {
            found = device();
        } else if (kind == "bond") {
            found = bond();
        } else if (kind == "sock") {
            found = sockets();
        } else {
            found = typed();
        }
        if (!found) return tl::unexpected(std::move(found).error());
        return std::move(wanted_);
    }

  private:
    void want(KernelObject object, std::string note, bool named) {
        WantedObject wanted{std::move(object), std::move(note), behind(words_, 2), false};
        wanted.asked = !wanted.paths.empty();
        if (wanted.paths.empty() && named && !request_.all)
            wanted.paths = telling_members(wanted.object.type().resolved().name);
        wanted_.objects.push_back(std::move(wanted));
    }

    // What all sockets have, then what those of the protocol have.
    void want_socket(collect::SocketObject& found) {
        const auto common = view_.find_type("struct sock");
        if (found.whole && common && words_.size() == 2 && !request_.all)
            want(KernelObject(view_, *common, found.object.address()), found.words, true);
        want(std::move(found.object), found.words, true);
    }

    // Of several modules' types of one name, which are not the same: a guess would tell nonsense.
    Result<collect::TypeRef> type_asked() {
        KW_TRY(const collect::TypeRef type, view_.type(words_[0], request_.module));
        if (!request_.module.empty()) return type;
        std::string modules;
        bool alike = true;
        for (const std::string& home : view_.homes(type.text())) {
            const auto other = view_.find_type(type.text(), home.empty() ? "vmlinux" : home);
            alike = alike && other && collect::same_layout(type, *other);
            modules +=
                fmt::format("{}{}", modules.empty() ? "" : ", ", home.empty() ? "vmlinux" : home);
        }
        if (alike) return type;
        return fail(ErrorKind::Usage, "there is a {} in each of {}: say whose with --module",
                    type.text(), modules);
    }

    Result<KernelObject> device_object() {
        KW_TRY(const uint32_t inum, netns_of(request_));
        KW_TRY(const uint64_t net, view_.net_namespace(inum));
        return collect::device_named(view_, net, words_[1]);
    }

    Status device() {
        KW_TRY(KernelObject found, device_object());
        want(std::move(found), "", true);
        return {};
    }

    Status bond() {
        KW_TRY(const KernelObject device, device_object());
        KW_TRY(const collect::BondObjects bond, collect::bond_of(view_, device));
        want(bond.bonding, words_[1], true);
        if (words_.size() > 2) return {};  // paths are the bond's
        for (const collect::BondSlave& slave : bond.slaves) {
            const std::string name = slave.device.text("name").value_or("?");
            want(slave.slave, name + " of " + words_[1], true);
            if (slave.port) want(*slave.port, name, true);
            if (slave.aggregator) want(*slave.aggregator, name, true);
        }
        return {};
    }

    Status sockets() {
        const std::vector<std::string_view> parts = split(words_[1], ':');
        const auto port = parse_u64(parts.back());
        const bool one = parts.size() == 2 && (parts[0] == "tcp" || parts[0] == "udp");
        if (!port || *port > UINT16_MAX || (parts.size() != 1 && !one))
            return fail(ErrorKind::Usage, "'{}' is no port: 80, tcp:80, udp:53",
                        escaped(words_[1]));
        if (!request_.core.empty())
            return fail(ErrorKind::Unsupported, "sockets of a dump are not found by their port");
        KW_TRY(const uint32_t inum, netns_of(request_));
        for (const std::string protocol : {"tcp", "udp"}) {
            if (one && parts[0] != protocol) continue;
            KW_TRY(const auto all, collect::sockets_in(protocol, inum));
            for (auto& found :
                 collect::sockets_at(view_, all, protocol, static_cast<uint16_t>(*port)))
                want_socket(found);
        }
        if (wanted_.objects.empty())
            return fail(ErrorKind::Usage, "no tcp or udp socket has the local port {} here", *port);
        return {};
    }

    Status typed() {
        KW_TRY(const collect::TypeRef type, type_asked());
        KW_TRY(uint64_t address, address_of(view_, words_[1]));
        if (request_.cpu) {
            KW_TRY(const uint64_t offset, per_cpu_offset(view_, *request_.cpu));
            address += offset;
        }
        if (request_.list.empty()) {
            want(KernelObject(view_, type, address), "", false);
            return {};
        }
        auto walked =
            collect::walk_list(view_, type, address, request_.list, request_.head, request_.most);
        if (!walked) {
            Error error = std::move(walked).error().error;
            return tl::unexpected(error.in("--list " + request_.list));
        }
        if (!walked->stopped.empty())
            wanted_.problem = fmt::format("the list by {} of {}: {}", request_.list, type.text(),
                                          walked->stopped);
        size_t number = 0;
        for (const uint64_t each : walked->addresses)
            want(KernelObject(view_, type, each),
                 fmt::format("{} of {}", ++number, walked->addresses.size()), false);
        return {};
    }

    const ShowRequest& request_;
    KernelView& view_;
    std::vector<std::string> words_;
    WantedObjects wanted_;
};

}  // namespace

Result<WantedObjects> find_objects(const ShowRequest& request, KernelView& view) {
    return Finder(request, view).find();
}

Result<std::unique_ptr<KernelView>> open_view(const ShowRequest& request) {
    const symbols::LocateOptions files = locate_options(request.debug);
    if (!request.core.empty())
        return collect::view_core({request.core, files.places, files.cache_dir});
    collect::LiveOptions live;
    live.cache_dir = files.cache_dir;
    if (any_named(request.debug)) live.files = files.places;
    return collect::view_running_kernel(std::move(live));
}

}  // namespace knowhy::cli
