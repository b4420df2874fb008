// The network namespaces that losses were seen in: their state, their counters before and after,
// the sysctls that the causes ask for. Reads on a thread of its own.
//
// What explains a loss is the state at that moment, so a namespace's state is not simply the
// latest. Every look at it is known to hold from the last change before it until the first one
// after it, as notifications tell (NetnsState::from_ns, until_ns). After a change it is read again
// soon; a loss adopts the look that holds for it, and the one that explained earlier losses is kept
// too. A namespace that is being taken down (a device that losses were seen on is gone) keeps what
// it had. Sysctls are not notified: each group has those that were read when it was first seen.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "host/netns.h"
#include "model/drop.h"
#include "model/state.h"
#include "net/snapshot/snapshot.h"

namespace knowhy::collect {

using net::Sysctls;
using SysctlsWanted =
    std::function<std::vector<std::string>(const model::DropGroup&, const model::NetnsState*)>;

class Namespaces {
  public:
    // Reads the counters of the own namespace and of the named ones, as they are before any probe
    // is armed.
    static Result<std::unique_ptr<Namespaces>> open(SysctlsWanted sysctls_wanted);
    ~Namespaces();

    // Starts the thread: it reads the states, then waits for losses.
    void start();
    // A new group of losses, seen with this device name: its namespace's state is wanted.
    void loss_seen(const model::DropGroup& group);
    // By namespace, the time of the last loss in it (CLOCK_MONOTONIC): known groups go on.
    void losses_until(const std::map<uint32_t, uint64_t>& last_losses);
    // Reads the counters' after side, then what is still asked for, and ends the thread.
    void finish();
    [[nodiscard]] std::map<uint32_t, model::NetnsState> states() const;
    // HostState::earlier.
    [[nodiscard]] std::vector<model::NetnsState> earlier() const;
    // DropGroup::sysctls.
    [[nodiscard]] Sysctls sysctls_of(const model::DropKey& key) const;

  private:
    struct Kept {
        host::Netns netns;                       // its fd is given back when it ends
        model::NetnsState state;                 // what explains the losses
        model::NetnsState latest;                // as last read
        std::unique_ptr<net::StateWatch> watch;  // none: the namespace has ended, or cannot be
        bool stale = true;                       // `latest` is older than a change
        uint64_t refresh_at_ns = 0;
        uint64_t quiet_ns = 0;    // until when there was no change, as last looked
        uint64_t changed_ns = 0;  // when the last change had happened; or when the watch began
        std::deque<model::NetnsState> earlier;  // looks that `state` took the place of
        std::set<uint32_t> loss_devices;        // ifindexes
        bool losses = false;
    };

    explicit Namespaces(SysctlsWanted sysctls_wanted);
    bool hold_next_named();
    void hold(host::Netns netns);
    void run();
    void wait_for_news();
    void serve(const model::DropGroup& group);
    void explain_loss_at(Kept& kept, uint64_t time_ns);
    void keep_up(uint32_t inum, uint64_t time_ns);
    Kept* kept_for(uint32_t inum);
    void drain_watches();
    void drain(Kept& kept);
    void refresh(Kept& kept);
    void adopt(Kept& kept);
    static void keep_earlier(Kept& kept);
    void read_host_sysctls(const model::DropGroup& group);
    void read_sysctls(Kept& kept, const model::DropGroup& group);
    bool refresh_one_due();
    void release_what_ended();
    void release(Kept& kept);
    void read_after();
    void wake();

    SysctlsWanted sysctls_wanted_;
    size_t most_held_ = 0;
    uint32_t own_ = 0;
    UniqueFd wake_fd_;

    // The queue and what states() shows; the rest belongs to the thread.
    mutable std::mutex mutex_;
    std::deque<model::DropGroup> queue_;
    std::map<uint32_t, uint64_t> last_losses_;
    bool finishing_ = false;
    bool stopping_ = false;
    std::map<uint32_t, model::NetnsState> published_;
    std::map<uint32_t, std::deque<model::NetnsState>> earlier_;
    std::map<model::DropKey, Sysctls> sysctls_;

    std::map<uint32_t, Kept> kept_;
    std::vector<host::Netns> unheld_;  // named ones that were not looked at yet
    bool nftables_ = false;            // its module is loaded
    bool after_read_ = false;
    uint64_t next_release_ns_ = 0;
    std::thread thread_;
};

}  // namespace knowhy::collect
