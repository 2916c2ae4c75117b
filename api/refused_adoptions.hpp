#pragma once
// api/refused_adoptions.hpp: how many activation files of earlier incarnations were refused since the start, by code.

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "ledger/core/result.hpp"

namespace api {

/// Any thread. The codes are the catalogue's: there are few.
class RefusedAdoptions {
 public:
    void add(const ledger::Error& error) {
        const std::lock_guard lock(mutex_);
        ++by_code_[std::string(error.stable_code())];
    }
    [[nodiscard]] std::map<std::string, std::uint64_t> by_code() const {
        const std::lock_guard lock(mutex_);
        return by_code_;
    }

 private:
    mutable std::mutex mutex_;
    std::map<std::string, std::uint64_t> by_code_;
};

}  // namespace api
