#pragma once
// tools/bench/report.hpp: measured figures as a Markdown table, with the facts of the machine.

#include <string>
#include <vector>

namespace bench {

class Report {
 public:
    enum class Bound { at_least, at_most };

    void add(std::string what, double value, std::string unit);
    void add_target(std::string what, double value, std::string unit, Bound bound, double target);
    [[nodiscard]] bool all_met() const;
    /// Machine, date, version, and the table.
    [[nodiscard]] std::string markdown() const;

 private:
    struct Row {
        std::string what, value, target;
        bool met = true;
    };
    std::vector<Row> rows_;
};

}  // namespace bench
