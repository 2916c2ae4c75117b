#include "projections/state/seat_records.hpp"

namespace projections {

RecordNumber SeatRecords::take() {
    RecordNumber number = 0;
    if (!free_.empty()) {
        number = free_.back();
        free_.pop_back();
    } else {
        ACTLEDGER_ASSERT(end_ < records_max);
        if (end_ == chunks_.size() * chunk_records) chunks_.push_back(std::make_unique<SeatRecord[]>(chunk_records));
        number = end_++;
    }
    SeatRecord& record = (*this)[number];
    ACTLEDGER_ASSERT(record.state == SeatRecord::State::free);
    record.state = SeatRecord::State::live;
    ++record.generation;
    ++live_;
    return number;
}

void SeatRecords::retire(RecordNumber number) {
    SeatRecord& record = (*this)[number];
    ACTLEDGER_ASSERT(record.state == SeatRecord::State::live);
    record.state = SeatRecord::State::retired;
    ++record.generation;
    --live_;
}

void SeatRecords::release(RecordNumber number) {
    SeatRecord& record = (*this)[number];
    ACTLEDGER_ASSERT(record.state == SeatRecord::State::retired);
    record.state = SeatRecord::State::free;
    free_.push_back(number);
}

}  // namespace projections
