#pragma once
// tools/bench/desktops.hpp: the load: desktops that were never there, each asking once.

#include "tools/bench/activation_requests.hpp"
#include "tools/bench/errc.hpp"
#include "tools/bench/load_generator.hpp"
#include "tools/bench/phases.hpp"

namespace bench {

/// New devices only, and every answer a new seat: anything else is no measurement.
class Desktops {
 public:
    Desktops(Bench& bench, const std::string& enrolment_key) : bench_(bench), requests_(enrolment_key) {}

    ledger::Result<Measured> activate(Target target, unsigned connections, std::chrono::milliseconds time,
                                      std::uint64_t devices_max = 0) {
        const auto first = bench_.devices;
        std::uint64_t written = 0;
        ACTLEDGER_TRY(auto measured, generate({target, connections, devices_max, time,
                                               [&](std::uint64_t n, std::string& out) {
                                                   requests_.write(first + n, out);
                                                   written = n + 1;
                                               },
                                               201}));
        bench_.devices += written;
        if (measured.others != 0) {
            return ledger::Error{
                errc::wrong_answers, "", {{"count", std::to_string(measured.others)}, {"first", measured.first_other}}};
        }
        return measured;
    }

 private:
    Bench& bench_;
    const ActivationRequests requests_;
};

/// Answers a second over all slices.
struct Rate {
    double answers = 0;
    double seconds = 0;
    void add(const Measured& measured) {
        answers += static_cast<double>(measured.answers);
        seconds += measured.seconds;
    }
    [[nodiscard]] double per_second() const { return answers / seconds; }
};

}  // namespace bench
