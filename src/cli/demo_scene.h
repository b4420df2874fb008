// The scenes of `knowhy demo`: a small network that loses packets for a known reason. Each lives in
// network namespaces without a name, which only our file descriptors hold: they vanish with us,
// however we end.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "host/netns.h"

namespace knowhy::cli {

using Network = std::vector<host::Netns>;

struct Scene {
    std::string name;     // "martian"
    std::string title;    // what goes wrong, seen from outside
    std::string setup;    // what is built
    std::string traffic;  // what is sent
    std::string puzzle;   // what the usual tools say of it
    std::function<Result<Network>()> build;
    std::function<Status(const Network&)> send;
};

const std::vector<Scene>& scenes();
const Scene* find_scene(const std::string& name);

}  // namespace knowhy::cli
