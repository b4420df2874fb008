#include "model/script.h"

namespace knowhy::model {

// Here, where Value is complete, and spelt out: clang 14 does not survive the default of these.
bool Value::operator==(const Value& other) const {
    return of == other.of;
}

bool Value::Struct::operator==(const Struct& other) const {
    return members == other.members;
}

bool Value::Array::operator==(const Array& other) const {
    return elements == other.elements;
}

bool Value::Tuple::operator==(const Tuple& other) const {
    return elements == other.elements && names == other.names;
}

Value Value::integer(int64_t value, bool is_signed, uint8_t bytes) {
    return {Integer{value, is_signed, bytes}};
}

Value Value::text(std::string raw) {
    return {Text{std::move(raw), false}};
}

Value::Integer Value::Average::mean() const {
    if (count == 0) return {0, total.is_signed, 8};
    if (!total.is_signed) {
        return {static_cast<int64_t>(static_cast<uint64_t>(total.bits) / count), false, 8};
    }
    // A count that no int64_t holds is more than any sum.
    if (count > static_cast<uint64_t>(INT64_MAX)) return {0, true, 8};
    return {total.bits / static_cast<int64_t>(count), true, 8};
}

uint64_t Value::Histogram::total() const {
    uint64_t sum = 0;
    for (const Bucket& bucket : buckets) sum += bucket.count;
    return sum;
}

}  // namespace knowhy::model
